import os

from celery import Celery
from celery.signals import beat_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mastery_hub.settings")

app = Celery("mastery_hub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect
def send_what_waited(**_: object) -> None:
    """A new beat would let its first interval pass, and `/ready/` with it: what waited while it was away goes now."""
    app.send_task("mastery_hub.messaging.tasks.emails_send", kwargs={"by_beat": True})

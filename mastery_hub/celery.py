import os
from pathlib import Path

from celery import Celery
from celery.signals import after_task_publish, beat_init, heartbeat_sent
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mastery_hub.settings")

app = Celery("mastery_hub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@heartbeat_sent.connect
def pulse_show(**_: object) -> None:
    """A worker's loop turns and its broker answers; beat's orders arrive. A process that only sits there shows none."""
    if settings.PULSE_FILE:
        Path(settings.PULSE_FILE).touch()


@beat_init.connect
def send_what_waited(**_: object) -> None:
    """A new beat would let its first interval pass, and `/ready/` with it: what waited while it was away goes now."""
    after_task_publish.connect(pulse_show)
    app.send_task("mastery_hub.messaging.tasks.emails_send", kwargs={"by_beat": True})

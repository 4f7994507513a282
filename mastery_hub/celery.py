import logging
import os
import time
from pathlib import Path

from celery import Celery
from celery.signals import after_task_publish, beat_init, heartbeat_sent
from django.conf import settings
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)
PUBLISH_SECONDS = 0.5  # to connect, and again to publish: a request never waits longer than a second for Redis
REST_SECONDS = 10  # after a broker that did not answer: not every request waits for it

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


class Broker:
    """What this process knows of it."""

    resting_until = 0.0


def nudge(task: str) -> None:
    """Asks a worker to do now what beat has it do soon. Without Redis nothing is lost: the rows wait for beat."""
    if time.monotonic() < Broker.resting_until:
        return
    patience = {"max_retries": 0, "socket_connect_timeout": PUBLISH_SECONDS, "socket_timeout": PUBLISH_SECONDS}
    try:
        with app.connection(transport_options=patience) as connection:
            app.send_task(task, connection=connection, retry=False)
    except OperationalError as error:
        Broker.resting_until = time.monotonic() + REST_SECONDS
        log.warning("No broker to nudge, %s waits for beat: %s", task, error)

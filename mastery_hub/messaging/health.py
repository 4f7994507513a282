"""Whether the parts behind the web process are alive: what `/ready/` asks."""

from datetime import timedelta

from celery import current_app
from kombu.exceptions import OperationalError

from mastery_hub.messaging.leases import real_now
from mastery_hub.messaging.models import Heartbeat

SILENCE = timedelta(minutes=1)  # beat calls every 15 seconds


def heartbeat(*, by_beat: bool) -> None:
    """Any task shows that a worker lives, one that beat ordered shows that beat does."""
    for name in ("worker", "beat") if by_beat else ("worker",):
        Heartbeat.objects.update_or_create(name=name, defaults={"at": real_now()})


def heard_from() -> dict[str, bool]:
    recent = set(Heartbeat.objects.filter(at__gte=real_now() - SILENCE).values_list("name", flat=True))
    return {name: name in recent for name in ("worker", "beat")}


def broker_up() -> bool:
    """Answers within a second, whatever the broker does."""
    try:
        with current_app.connection(transport_options={"socket_connect_timeout": 1, "socket_timeout": 1}) as connection:
            connection.ensure_connection(max_retries=0)
    except OperationalError:
        return False
    return True

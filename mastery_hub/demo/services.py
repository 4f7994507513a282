"""Moving the demo's clock: on a button, and with the jobs that would have run meanwhile."""

from datetime import datetime, timedelta

from django.utils import timezone

from applications.models import Round
from applications.services.announcements import announcements_send
from applications.services.nominations import nominations_lapse
from applications.services.referrals import referrals_lapse
from applications.services.rounds import rounds_close
from applications.services.selection import offers_lapse
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.errors import DomainError
from mastery_hub.demo import clock
from mastery_hub.messaging.reminders import reminders_plan, reminders_send

STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
A_LITTLE = timedelta(minutes=5)


def deadline() -> datetime | None:
    """The closing time of the latest round."""
    return Round.objects.published().order_by("-closes_at").values_list("closes_at", flat=True).first()


def clock_move(*, move: str) -> None:
    """`hour`, `day`, `week` on; `before` or `after` the deadline; or `back` to real time.

    The days between are lived through, each with what beat would have ordered, so that reminders go out on their day
    and nobody waits for the next minute. What has happened stays when the clock goes back. Raises DomainError
    `unknown-move`, and `no-round` where there is no deadline.
    """
    target = _target(move)
    while clock.now() + STEPS["day"] < target:
        clock.move(STEPS["day"])
        _jobs_run()
    if move == "back":
        clock.back()
    else:
        clock.move_to(target)
    _jobs_run()


def _target(move: str) -> datetime:
    if move in STEPS:
        return clock.now() + STEPS[move]
    if move == "back":
        return timezone.now()
    closes = deadline()
    if move not in ("before", "after"):
        raise DomainError("Choose how far to move the clock.", code="unknown-move")
    if closes is None:
        raise DomainError("There is no round, so there is no deadline.", code="no-round")
    return closes - A_LITTLE if move == "before" else closes + GRACE + A_LITTLE


def _jobs_run() -> None:
    announcements_send()
    rounds_close()
    offers_lapse()
    nominations_lapse()
    referrals_lapse()
    reminders_plan()
    reminders_send()

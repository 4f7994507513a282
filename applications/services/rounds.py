"""Closing a round."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, NamedTuple

from applications.enums import Action, State
from applications.models import Application
from applications.services import notices
from applications.services.engines import application_move, for_each
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.errors import DomainError


class Ending(NamedTuple):
    """What becomes of the applications that stand in `state` when their window has ended."""

    state: State
    action: Action
    window: Literal["closes_at", "support_closes_at"]
    notice: Callable[[Application], None]


ENDINGS = (
    Ending(State.DRAFT, Action.EXPIRE, "closes_at", notices.application_expired),
    Ending(State.SUBMITTED, Action.MARK_INCOMPLETE, "support_closes_at", notices.application_incomplete),
)


def rounds_close() -> tuple[int, int]:
    """Job: GRACE after each deadline, expires the drafts left and ends what no headteacher supported."""
    before = clock.now() - GRACE
    expired, incomplete = (_end(ending, before) for ending in ENDINGS)
    return expired, incomplete


def _end(ending: Ending, before: datetime) -> int:
    by = User.objects.system()

    def end(application: Application) -> None:
        application = Application.objects.with_people().select_for_update(of=("self",)).get(pk=application.pk)
        if getattr(application, ending.window) > before:  # asked again under the lock
            raise DomainError("There is more time now.", code="extended")
        application, _ = application_move(application=application, action=ending.action, by=by)
        ending.notice(application)

    over = Application.objects.with_deadlines(**{f"{ending.window}__lte": before}).filter(state=ending.state)
    return for_each(over.order_by("pk"), end)

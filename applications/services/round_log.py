"""What every change of a round has in common: who may, the lock, the log, and the colleague who was faster."""

from collections.abc import Collection, Iterable

from django.db import transaction

from applications import permissions
from applications.enums import RoundAction, RoundStage
from applications.models import Round, RoundEvent
from applications.set_up import tasks
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError
from mastery_hub.common.templatetags.moments import moment


class ChangedMeanwhileError(DomainError):
    """`latest` is what the page has to name as `seen` when it is sent again, knowing of the change."""

    def __init__(self, events: list[RoundEvent]) -> None:
        told = " ".join(
            f"{event.by}, {moment(event.at)}: {RoundAction(event.action).label}. {event.changes.replace(chr(10), '. ')}"
            for event in events
        )
        super().__init__(
            f"A colleague changed this round while you had this page open, so nothing was saved. {told} "
            "To replace what they did with what you typed, save again.",
            code="changed-meanwhile",
        )
        self.latest = max(event.pk for event in events)


def round_lock(*, round: Round, by: User) -> Round:
    """The round as it is now, locked for the rest of the transaction. Raises DomainError `not-allowed`."""
    if not permissions.can_set_up_round(by):
        raise DomainError("Only NCETM sets up rounds.", code="not-allowed")
    return Round.objects.with_programme().select_for_update(of=("self",)).get(pk=round.pk)


def round_seen(round: Round) -> int:
    """What a page sends back, so that a change made meanwhile is told and not undone."""
    latest = round.events.first()
    return latest.pk if latest else 0


def meanwhile_refuse(*, round: Round, seen: int, about: Collection[str]) -> None:
    """Asked under the lock. Raises ChangedMeanwhileError when somebody did one of `about` after `seen`."""
    if since := list(round.events.filter(pk__gt=seen, action__in=list(about)).select_related("by")):
        raise ChangedMeanwhileError(since)


def round_note(
    *,
    round: Round,
    action: RoundAction,
    by: User,
    before: RoundStage | None = None,
    changes: Iterable[str] = (),
    reason: str = "",
) -> RoundEvent:
    """`before` is the stage the round was in, where the action may have changed it."""
    return RoundEvent.objects.create(
        round=round,
        action=action,
        by=by,
        from_state=before or round.stage,
        to_state=round.stage,
        changes="\n".join(changes),
        reason=reason,
    )


def checked(round: Round, *keys: str) -> None:
    """Somebody has saved these parts, so they are no longer only copied."""
    left = [key for key in round.to_check if key not in keys]
    if left != round.to_check:
        round.to_check = left
        round.save(update_fields=["to_check"])


@transaction.atomic
def round_check(*, round: Round, by: User, keys: Collection[str]) -> None:
    """Says that parts which were copied are right as they are."""
    round = round_lock(round=round, by=by)
    names = [task.name for task in tasks() if task.key in keys and task.key in round.to_check]
    if names:
        checked(round, *keys)
        round_note(round=round, action=RoundAction.CHECK, by=by, changes=names)

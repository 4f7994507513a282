"""A letter that went out in error is taken back, for a day: the application is with the hub again."""

from django.db import transaction

from applications.enums import Action
from applications.models import Application, Decision
from applications.services import notices
from applications.services.engines import application_move
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError


@transaction.atomic
def decision_undo(*, application: Application, by: User, reason: str, read: int | None = None) -> Decision:
    """Of the reserve list and of unsuccessful alone: a place that was offered is not taken back. Everybody who was sent
    the letter is told that it does not stand, in the words of `reason`. `read` is the key of the decision that was
    before the lead's eyes.

    Raises DomainError `reason-missing`, `replaced`, and what `Engine.move` raises.
    """
    if not reason.strip():
        raise DomainError("Say why the letter does not stand: the applicant reads it.", code="reason-missing")
    application, event = application_move(application=application, action=Action.UNDO_RELEASE, by=by, reason=reason)
    decision = application.decisions.filter(released_at__isnull=False, undone_at=None).first()
    if decision is None or (read and decision.pk != read):
        raise DomainError("Nothing was changed: another letter has gone out since.", code="replaced")
    decision.undone_by, decision.undone_at, decision.undo_reason = by, event.at, reason.strip()
    decision.save(update_fields=["undone_by", "undone_at", "undo_reason"])
    notices.decision_undone(application, decision)
    return decision

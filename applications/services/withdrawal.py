"""The applicant's end to it at almost any time: an offer is declined, and a cohort that has begun is left otherwise."""

from django.db import transaction

from applications.enums import Action, State, WithdrawalReason
from applications.models import Application
from applications.services import notices
from applications.services.assessments import assessments_end
from applications.services.deferrals import deferral_end, places_lock
from applications.services.engines import application_move
from applications.services.referrals import referral_end
from applications.services.school_changes import school_change_end
from cohorts.services import specialist_stand_down
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError


@transaction.atomic
def application_withdraw(
    *, application: Application, by: User, why: WithdrawalReason | None = None, words: str = ""
) -> Application:
    """The hub reads why; of a draft it knows nothing, so there nobody is asked. A place that was held is free again,
    and whoever had accepted it is no specialist any more.

    Raises DomainError `reason-missing`, and what `Engine.move` raises.
    """
    was_with_hub = application.submitted_at is not None
    words = words.strip() if why == WithdrawalReason.OTHER else ""
    if was_with_hub and (why is None or (why == WithdrawalReason.OTHER and not words)):
        raise DomainError("Say why you are withdrawing.", code="reason-missing")
    reason = words or (why.label if why else "")
    places_lock(application)
    application, event = application_move(application=application, action=Action.WITHDRAW, by=by, reason=reason)
    for decision in application.decisions.filter(released_at=None, closed_at=None):
        decision.closed_at = clock.now()
        decision.save(update_fields=["closed_at"])
    held, kept = event.from_state == State.ACCEPTED, event.from_state == State.DEFERRED
    if held:
        specialist_stand_down(person=application.applicant, cohort=application.round.cohort)
    places = deferral_end(application=application, by=by, was=event.from_state)
    school_change_end(application=application, by=by)
    assessments_end(application=application)
    referral_end(application=application)
    notices.application_withdrawn(
        application,
        was_with_hub=was_with_hub,
        held=held,
        reason=reason,
        kept=kept,
        kept_in=str(places.cohort) if places else "",
    )
    return application

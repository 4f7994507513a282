"""What the hubs make of a change of school. Locks go HubPlaces by key, then Application, then SchoolChange."""

from datetime import timedelta

from django.db import transaction

from applications.eligibility import current_support
from applications.enums import (
    OPEN_EXCEPTION,
    Eligibility,
    ExceptionAction,
    ExceptionState,
    SchoolChangeAction,
    SchoolChangeState,
    State,
    SupportState,
)
from applications.models import Application, EligibilityException, EligibilityOutcome, PledgeRenewal, SchoolChange
from applications.services import notices
from applications.services.casework import case_ends
from applications.services.engines import EXCEPTION, SCHOOL_CHANGE, promises_first
from applications.services.renewals import renewal_ask_new_school
from applications.services.school_changes import application_locked
from cohorts.models import HubPlaces
from cohorts.services import specialist_move
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub

TO_SIGN = timedelta(days=21)


@transaction.atomic
def school_change_decide(*, change: SchoolChange, by: User, action: SchoolChangeAction, reason: str) -> SchoolChange:
    """By a lead of the hub that is asked now. An agreement is the named exception from whatever rule is not met.

    Raises DomainError `reason-missing`, `not-recruiting` for a hub without places in the cohort, `no-places` when none
    is left, what `promises_first` raises, and what `Engine.move` raises.
    """
    if not reason.strip():
        raise DomainError("Write why: the applicant reads it.", code="reason-missing")
    cohort = change.application.round.cohort_id
    rows = HubPlaces.objects.filter(cohort=cohort, hub__in=(change.hub_before_id, change.hub_after_id)).order_by("pk")
    places = {row.hub_id: row for row in rows.select_related("cohort").select_for_update(of=("self",))}
    application = application_locked(change.application)
    if action == SchoolChangeAction.HAND_ON and change.hub_after_id not in places:
        message = f"{change.hub_after} does not take part in this cohort, so it cannot take anybody."
        raise DomainError(message, code="not-recruiting")
    decided = {"decided_by": by, "decided_at": clock.now(), "decision_reason": reason.strip()}
    if action in (SchoolChangeAction.AGREE, SchoolChangeAction.TAKE):
        decided["pledge_by"] = clock.today() + TO_SIGN
    elif action != SchoolChangeAction.REFUSE:
        decided = {"handed_on": True} if action == SchoolChangeAction.HAND_ON else {}
    change, _ = SCHOOL_CHANGE.move(change, action, by=by, reason=reason, **decided)
    if action == SchoolChangeAction.TAKE:
        promises_first(places.get(change.hub_after_id))
        _move_place(change)
        case_ends(application, by)
    if change.state == SchoolChangeState.AGREED:
        _agree(change, application, by)
    notices.change_decided(change, action)
    return change


def _move_place(change: SchoolChange) -> None:
    here = HubPlaces.objects.filter(cohort=change.application.round.cohort_id)
    here.filter(hub=change.hub_after_id).take()
    here.filter(hub=change.hub_before_id).give_back()


def _agree(change: SchoolChange, application: Application, by: User) -> None:
    took = change.events.filter(action=SchoolChangeAction.TAKE).exists()
    hub = change.hub_after if took else change.hub_before
    stays = f"Moved to {change.school} while the place was held: {change.decision_reason}"
    application.school, application.typed_school = change.school, None
    application.hub, application.home_hub = hub, change.hub_after
    application.hub_reason = "" if hub == change.hub_after else stays
    application.job_title = change.job_title
    application.eligibility = _excepted(change, application, hub, by)
    fields = ["school", "typed_school", "hub", "home_hub", "hub_reason", "job_title", "eligibility"]
    application.save(update_fields=fields)
    application.events.create(
        action="change_school",
        from_state=application.state,
        to_state=application.state,
        by=by,
        at=clock.now(),
        reason=f"From {change.school_before} to {change.school}: {change.decision_reason}",
    )
    if application.state == State.ACCEPTED:
        person, cohort = application.applicant, application.round.cohort
        specialist_move(person=person, cohort=cohort, hub=hub, school=change.school, from_on=change.from_on)
    change.application = application
    change.renewal = _ask_new_head(change, application, by)
    change.save(update_fields=["renewal"])


def _excepted(change: SchoolChange, application: Application, hub: MathsHub, by: User) -> Eligibility:
    """What was answered becomes the application's outcome, and the agreement its exception."""
    outcome = EligibilityOutcome.objects.create(
        application=application,
        terms_id=application.terms_id,
        hub=hub,
        answers=change.answers,
        failures=change.failures,
        by=application.applicant,
        at=clock.now(),
    )
    for exception in application.exceptions.filter(state__in=OPEN_EXCEPTION):
        reason = "The applicant has moved to another school"
        EXCEPTION.move(exception, ExceptionAction.CANCEL, by=User.objects.system(), reason=reason)
    if not change.essential:
        return Eligibility.MET
    exception = EligibilityException.objects.create(
        application=application, outcome=outcome, hub=hub, reason=change.words, asked_at=change.asked_at
    )
    exception.events.create(
        action="ask", to_state=ExceptionState.ASKED, by=application.applicant, reason=change.words, at=change.asked_at
    )
    decided = {"decided_by": by, "decided_at": clock.now(), "decision_reason": change.decision_reason}
    EXCEPTION.move(exception, ExceptionAction.GRANT, by=by, reason=change.decision_reason, **decided)
    return Eligibility.GRANTED


def _ask_new_head(change: SchoolChange, application: Application, by: User) -> PledgeRenewal | None:
    support = current_support(application)
    if support is None or support.state != SupportState.SIGNED:
        return None
    support.application = application
    notices.change_left(change, support)
    head = {"first_name": change.first_name, "last_name": change.last_name, "email": change.email}
    return renewal_ask_new_school(support=support, by=by, head=head)

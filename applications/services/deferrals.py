"""Keeping a place for the next cohort. Locks go HubPlaces by key, then Application, then Deferral."""

from django.db import transaction

from applications import permissions
from applications.enums import Action, DeferralAction, DeferralState, State
from applications.models import Application, Deferral
from applications.services import notices
from applications.services.engines import DEFERRAL, application_move
from cohorts.models import HubPlaces
from cohorts.services import specialist_appoint, specialist_stand_down
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError


def _locked(application: Application) -> Application:
    return Application.objects.select_for_update(of=("self",)).get(pk=application.pk)


def places_lock(application: Application) -> HubPlaces | None:
    """The hub's places in this cohort and in the next; returns the next's, where the hub has any."""
    cohort = application.round.cohort
    following = cohort.following
    cohorts = [cohort.pk, *([following.pk] if following else [])]
    found = HubPlaces.objects.filter(hub=application.hub_id, cohort__in=cohorts).order_by("pk")
    rows = list(found.select_for_update(of=("self",)))
    return next((row for row in rows if following and row.cohort_id == following.pk), None)


@transaction.atomic
def deferral_ask(*, application: Application, by: User, reason: str, until: str = "") -> Deferral:
    """By whoever has accepted a place; the place stays theirs until the hub has answered.

    Raises DomainError `not-allowed`, `reason-missing` and `asked-already`.
    """
    application = _locked(application)
    if not permissions.can_ask_to_defer(by, application):
        message = "You can ask to defer a place that you have accepted, until its cohort begins."
        raise DomainError(message, code="not-allowed")
    if not reason.strip():
        raise DomainError("Say why you want to defer your place.", code="reason-missing")
    if application.deferrals.live().exists():
        raise DomainError(f"You have already asked {application.hub}.", code="asked-already")
    assert application.hub, "who was offered a place has a hub"
    deferral = Deferral.objects.create(
        application=application, hub=application.hub, reason=reason.strip(), until=until.strip(), asked_at=clock.now()
    )
    deferral.events.create(action="ask", to_state=DeferralState.ASKED, by=by, at=deferral.asked_at, reason=reason)
    notices.deferral_asked(deferral)
    return deferral


@transaction.atomic
def deferral_take_back(*, application: Application, by: User) -> Deferral:
    """Nothing changes: the accepted place stays. Raises DomainError `nothing-asked` and what `Engine.move` raises."""
    application = _locked(application)
    deferral = application.deferrals.live().first()
    if deferral is None:
        raise DomainError("There is no request to take back: it has been answered.", code="nothing-asked")
    deferral, _ = DEFERRAL.move(deferral, DeferralAction.TAKE_BACK, by=by)
    notices.deferral_taken_back(deferral)
    return deferral


@transaction.atomic
def deferral_decide(*, deferral: Deferral, by: User, grant: bool, reason: str) -> Deferral:
    """Granted, this cohort's place is free again. The next one's is taken at once where the hub has places in it, or
    else promised, to be taken up once it has.

    Raises DomainError `reason-missing`, `no-places` when every place of the next cohort is taken, `already-specialist`,
    and what `Engine.move` raises.
    """
    if not reason.strip():
        raise DomainError("Write why: the applicant reads it.", code="reason-missing")
    row = places_lock(deferral.application)
    application = _locked(deferral.application)
    action = DeferralAction.GRANT if grant else DeferralAction.REFUSE
    decided = {"decided_by": by, "decided_at": clock.now(), "decision_reason": reason.strip()}
    deferral, _ = DEFERRAL.move(deferral, action, by=by, reason=reason, **decided)
    if not grant:
        notices.deferral_refused(deferral)
        return deferral
    application_move(application=application, action=Action.DEFER, by=by)
    specialist_stand_down(person=application.applicant, cohort=application.round.cohort)
    if row:
        deferral = _take_up(deferral, by, row)
    notices.deferral_granted(deferral)
    return deferral


@transaction.atomic
def deferral_take_up(*, deferral: Deferral, by: User) -> Deferral:
    """A promise, once the next cohort has places for the hub.

    Raises DomainError `no-cohort-yet`, `no-places`, `already-specialist` and what `Engine.move` raises.
    """
    row = places_lock(deferral.application)
    _locked(deferral.application)
    if row is None:
        raise DomainError("The next cohort, or your hub’s places in it, is not set up yet.", code="no-cohort-yet")
    deferral = _take_up(deferral, by, row)
    notices.deferral_taken_up(deferral)
    return deferral


def _take_up(deferral: Deferral, by: User, row: HubPlaces) -> Deferral:
    deferral, _ = DEFERRAL.move(deferral, DeferralAction.TAKE_UP, by=by, places=row)
    if not row.left:
        message = f"{deferral.hub} has no place left in {row.cohort}. Ask NCETM for a further one, then try again."
        raise DomainError(message, code="no-places")
    HubPlaces.objects.filter(pk=row.pk).take()
    application = deferral.application
    assert application.school, "who accepted a place has a school"
    person = application.applicant
    specialist_appoint(by=by, person=person, cohort=row.cohort, hub=deferral.hub, school=application.school)
    return deferral


def deferral_end(*, application: Application, by: User, was: str) -> None:
    """For the withdrawal that has just moved `application`, whose places are locked: no request outlives it."""
    deferral = application.deferrals.live().first()
    if deferral is None:
        return
    if was == State.ACCEPTED:
        DEFERRAL.move(deferral, DeferralAction.TAKE_BACK, by=by)
        return
    deferral, _ = DEFERRAL.move(deferral, DeferralAction.GIVE_UP, by=by)
    if deferral.places:
        HubPlaces.objects.filter(pk=deferral.places.pk).give_back()
        specialist_stand_down(person=application.applicant, cohort=deferral.places.cohort)

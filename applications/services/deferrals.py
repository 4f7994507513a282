"""Keeping a place for the next cohort. Locks go HubPlaces by key, then Application, then Deferral."""

from django.db import transaction
from django.db.models import Q

from applications import permissions
from applications.enums import Action, DeferralAction, DeferralState, State
from applications.models import Application, Deferral
from applications.services import notices
from applications.services.engines import DEFERRAL, application_move, person_lock, promises_first
from applications.services.renewals import renewals_end
from cohorts.models import HubPlaces
from cohorts.services import specialist_appoint, specialist_stand_down
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError


def _locked(application: Application) -> Application:
    return Application.objects.select_for_update(of=("self",)).get(pk=application.pk)


def _locked_with(deferral: Deferral) -> Application:
    """A request is its hub's to answer while the application is."""
    application = _locked(deferral.application)
    if application.hub_id != deferral.hub_id:
        raise DomainError("Nothing was changed: this application is now another hub’s.", code="stale")
    return application


def places_lock(application: Application) -> HubPlaces | None:
    """The hub's places in this cohort and in the next, and those that were taken up for the application, wherever:
    returns the next's, where the hub has any."""
    cohort = application.round.cohort
    hub = Application.objects.values_list("hub", flat=True).get(pk=application.pk)  # a change of school may move it
    following = HubPlaces.objects.next_for(hub, cohort)
    wanted = Q(hub=hub, cohort=cohort) | Q(pk__in=application.deferrals.live().values("places"))
    wanted |= Q(pk=following.pk if following else None)
    rows = HubPlaces.objects.filter(wanted).order_by("pk").select_related("cohort__programme")
    locked = {row.pk: row for row in rows.select_for_update(of=("self",))}
    return locked.get(following.pk) if following else None


@transaction.atomic
def deferral_ask(*, application: Application, by: User, reason: str, until: str = "") -> Deferral:
    """By whoever has accepted a place; the place stays theirs until the hub has answered.

    Raises DomainError `not-allowed`, `reason-missing`, `asked-already`, and `moving` while a change of school is open.
    """
    application = _locked(application)
    if not permissions.can_ask_to_defer(by, application):
        message = "You can ask to defer a place that you have accepted, until its cohort begins."
        raise DomainError(message, code="not-allowed")
    if not reason.strip():
        raise DomainError("Say why you want to defer your place.", code="reason-missing")
    if application.deferrals.live().exists():
        raise DomainError(f"You have already asked {application.hub}.", code="asked-already")
    if application.school_changes.open().exists():
        message = (
            f"You have told {application.hub} of a change of school. Wait for its answer, or take that back first."
        )
        raise DomainError(message, code="moving")
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

    Raises DomainError `reason-missing`, `stale` once the application is another hub's, `no-places` when every place of
    the next cohort is taken, `places-kept` when those left are promised, what `_take_up` raises, and what `Engine.move`
    raises.
    """
    if not reason.strip():
        raise DomainError("Write why: the applicant reads it.", code="reason-missing")
    row = places_lock(deferral.application)
    application = _locked_with(deferral)
    action = DeferralAction.GRANT if grant else DeferralAction.REFUSE
    decided = {"decided_by": by, "decided_at": clock.now(), "decision_reason": reason.strip()}
    deferral, _ = DEFERRAL.move(deferral, action, by=by, reason=reason, **decided)
    if not grant:
        notices.deferral_refused(deferral)
        return deferral
    application_move(application=application, action=Action.DEFER, by=by)
    renewals_end(application=application)
    specialist_stand_down(person=application.applicant, cohort=application.round.cohort)
    if row:
        promises_first(row, besides=deferral)
        deferral = _take_up(deferral, by, row)
    notices.deferral_granted(deferral)
    return deferral


@transaction.atomic
def deferral_take_up(*, deferral: Deferral, by: User) -> Deferral:
    """A promise, once the next cohort has places for the hub.

    Raises DomainError `no-cohort-yet`, `stale`, what `_take_up` raises, and what `Engine.move` raises.
    """
    row = places_lock(deferral.application)
    _locked_with(deferral)
    if row is None:
        raise DomainError("The next cohort, or your hub’s places in it, is not set up yet.", code="no-cohort-yet")
    deferral = _take_up(deferral, by, row)
    notices.deferral_taken_up(deferral)
    return deferral


def _take_up(deferral: Deferral, by: User, row: HubPlaces) -> Deferral:
    """Raises DomainError `no-places`, `applies-anew` while the person applies to that cohort themselves, and
    `already-specialist`."""
    deferral, _ = DEFERRAL.move(deferral, DeferralAction.TAKE_UP, by=by, places=row)
    if not row.left:
        message = f"{deferral.hub} has no place left in {row.cohort}. Ask NCETM for a further one, then try again."
        raise DomainError(message, code="no-places")
    HubPlaces.objects.filter(pk=row.pk).take()
    application = deferral.application
    assert application.school, "who accepted a place has a school"
    person = person_lock(application.applicant)
    if Application.objects.live().filter(applicant=person, round__cohort=row.cohort).exists():
        message = f"{person} applies to {row.cohort} themselves: they withdraw that, or give up the place kept here."
        raise DomainError(message, code="applies-anew")
    specialist_appoint(by=by, person=person, cohort=row.cohort, hub=deferral.hub, school=application.school)
    return deferral


def deferral_end(*, application: Application, by: User, was: str) -> HubPlaces | None:
    """For the withdrawal that has just moved `application`, whose places are locked: no request outlives it. Returns
    where a place that was taken up is free again."""
    deferral = application.deferrals.live().first()
    if deferral is None:
        return None
    if was == State.ACCEPTED:
        DEFERRAL.move(deferral, DeferralAction.TAKE_BACK, by=by)
        return None
    places = deferral.places
    DEFERRAL.move(deferral, DeferralAction.GIVE_UP, by=by, places=None)
    if places:
        HubPlaces.objects.filter(pk=places.pk).give_back()
        specialist_stand_down(person=application.applicant, cohort=places.cohort)
    return places

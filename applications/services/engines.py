"""The life cycles' engines: nothing else assigns a state."""

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from applications import permissions
from applications.enums import HOLDING_A_PLACE, PROPOSED
from applications.models import (
    Application,
    ApplicationEvent,
    Assessment,
    AssessmentEvent,
    Deferral,
    DeferralEvent,
    EligibilityException,
    EligibilityExceptionEvent,
    HeadteacherSupport,
    HeadteacherSupportEvent,
    Nomination,
    NominationEvent,
    Referral,
    ReferralEvent,
    SchoolChange,
    SchoolChangeEvent,
    SubjectLeaderSupport,
    SubjectLeaderSupportEvent,
)
from applications.workflow import (
    ASSESSMENT_TRANSITIONS,
    DEFERRAL_TRANSITIONS,
    EXCEPTION_TRANSITIONS,
    LEADER_TRANSITIONS,
    NOMINATION_TRANSITIONS,
    REFERRAL_TRANSITIONS,
    SCHOOL_CHANGE_TRANSITIONS,
    SUPPORT_TRANSITIONS,
    TOUCHES_PLACES,
    TRANSITIONS,
)
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError
from mastery_hub.common.transitions import Engine

log = logging.getLogger(__name__)
Row = TypeVar("Row", bound=Model)


def _shown(application: Application, target: str) -> dict[str, Any]:
    """What the applicant may know follows at once, save for proposals; a proposal taken back shows nothing either."""
    if target in PROPOSED:
        return {}
    return {"shown_state": target}


def _told(application: Application, user: Any) -> str:
    """Whoever may not see proposals is not told of them by a refusal either."""
    if permissions.can_see_evidence(user, application):
        return application.get_state_display()
    return application.get_shown_state_display()


APPLICATION = Engine(
    model=Application,
    table=TRANSITIONS,
    can=permissions.can_act,
    event=ApplicationEvent,
    link="application",
    extra=_shown,
    told=_told,
    bar=permissions.what_comes_first,
)
SUPPORT = Engine(
    model=HeadteacherSupport,
    table=SUPPORT_TRANSITIONS,
    can=permissions.can_act_on_support,
    event=HeadteacherSupportEvent,
    link="support",
)
LEADER = Engine(
    model=SubjectLeaderSupport,
    table=LEADER_TRANSITIONS,
    can=permissions.can_act_on_support,
    event=SubjectLeaderSupportEvent,
    link="support",
)
EXCEPTION = Engine(
    model=EligibilityException,
    table=EXCEPTION_TRANSITIONS,
    can=permissions.can_act_on_exception,
    event=EligibilityExceptionEvent,
    link="exception",
    bar=permissions.what_bars_exception,
)
NOMINATION = Engine(
    model=Nomination,
    table=NOMINATION_TRANSITIONS,
    can=permissions.can_act_on_nomination,
    event=NominationEvent,
    link="nomination",
)

DEFERRAL = Engine(
    model=Deferral,
    table=DEFERRAL_TRANSITIONS,
    can=permissions.can_act_on_deferral,
    event=DeferralEvent,
    link="deferral",
    bar=permissions.what_bars_deferral,
)

SCHOOL_CHANGE = Engine(
    model=SchoolChange,
    table=SCHOOL_CHANGE_TRANSITIONS,
    can=permissions.can_act_on_school_change,
    event=SchoolChangeEvent,
    link="school_change",
    bar=permissions.what_bars_school_change,
)

ASSESSMENT = Engine(
    model=Assessment,
    table=ASSESSMENT_TRANSITIONS,
    can=permissions.can_act_on_assessment,
    event=AssessmentEvent,
    link="assessment",
    bar=permissions.what_bars_assessment,
)


REFERRAL = Engine(
    model=Referral,
    table=REFERRAL_TRANSITIONS,
    can=permissions.can_act_on_referral,
    event=ReferralEvent,
    link="referral",
    bar=permissions.what_bars_referral,
)


@transaction.atomic
def application_move(
    *, application: Application, action: str, by: Any, reason: str = "", **changes: Any
) -> tuple[Application, ApplicationEvent]:
    """Moves an application and keeps its hub's count of places true. Locks go HubPlaces, then Application (rule 2).

    Raises DomainError `no-places` when a place is wanted and none is left, `moved` when the application has gone to
    another hub in this very moment, what `promises_first` raises, and what `Engine.move` raises.
    """
    places = row = None
    hub = application.hub_id
    if action in TOUCHES_PLACES:
        hub = Application.objects.values_list("hub", flat=True).get(pk=application.pk)
        places = HubPlaces.objects.filter(cohort=application.round.cohort_id, hub=hub)
        row = places.select_for_update(of=("self",)).select_related("cohort").first()
    application, event = APPLICATION.move(application, action, by=by, reason=reason, **changes)
    if places is not None and application.hub_id != hub:
        raise DomainError("Nothing was changed: the application has just moved to another hub. Try again.", "moved")
    if places is not None:
        held, holds = event.from_state in HOLDING_A_PLACE, event.to_state in HOLDING_A_PLACE
        if holds and not held:
            promises_first(row)
            places.take()
        elif held and not holds:
            places.give_back()
    return application, event


def person_lock(person: User) -> User:
    """So that nobody begins an application while a kept place is taken up for them. Last of all locks."""
    return User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)


def persons_lock(keys: Iterable[int]) -> None:
    """The same for many."""
    locked = User.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(keys)).order_by("pk")
    list(locked.values_list("pk", flat=True))


def promises_first(row: HubPlaces | None, *, besides: Deferral | None = None) -> None:
    """For whoever has locked the hub's places and is to take one of them, save for a promise itself.

    Raises DomainError `places-kept` where those left are wanted for people who deferred.
    """
    if row is None or not row.left:
        return
    promised = Deferral.objects.promised(row.cohort).filter(hub=row.hub_id)
    kept = sum(each != besides for each in promised)
    if row.left <= kept:
        people = "1 person" if kept == 1 else f"{kept} people"
        message = f"The places left are kept for {people} who deferred. Take those up first."
        raise DomainError(message, code="places-kept")


def for_each(rows: QuerySet[Row], end: Callable[[Row], None]) -> int:
    """For jobs: how many rows it ended, each in a transaction of its own. A row that somebody acted on meanwhile is
    passed over; one that fails is logged and tried again by the next run, and keeps no other waiting."""
    ended = 0
    for row in rows:
        try:
            with transaction.atomic():
                end(row)
        except DomainError:
            continue
        except Exception:
            log.exception("%s %s could not be ended", rows.model.__name__, row.pk)
        else:
            ended += 1
    return ended

"""What a deadline had ended stands again once there is time for it: one a person, and nothing beside a place kept."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications.enums import Action, DeferralState, State
from applications.models import Application, Deferral
from applications.services.deferrals import deferral_decide
from applications.services.engines import application_move
from applications.services.extensions import extension_give
from applications.services.round_life import round_reopen
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.dashboards.invariants import broken_invariants
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, DeferralFactory, RoundFactory
from tests.factories.cohorts import PlacementFactory
from tests.threads import overtaken

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def reopen(application: Application) -> None:
    times = {"closes_at": clock.now() + DAY, "support_closes_at": None}
    round_reopen(round=application.round, by=UserFactory(ncetm=True), reason="Floods", **times)


def give_hub(application: Application) -> None:
    give(application, hub=application.hub)


def give_person(application: Application) -> None:
    give(application, applicant=application.applicant)


def give(application: Application, **whose: Any) -> None:
    extension_give(
        round=application.round, by=UserFactory(ncetm=True), reason="Floods", closes_at=clock.now() + DAY, **whose
    )


WAYS = [reopen, give_hub, give_person]
ENDED = {State.EXPIRED: State.DRAFT, State.INCOMPLETE: State.SUBMITTED}


@pytest.fixture(params=ENDED)
def ended(request: Any) -> Application:
    """Of a round that has closed."""
    round = RoundFactory(complete=True, opens_at=clock.now() - 60 * DAY)
    return ApplicationFactory(state=request.param, round=round)


def state(application: Application) -> str:
    return Application.objects.get(pk=application.pk).state


def kept(application: Application, state: str, **kwargs: Any) -> Deferral:
    """A place of the applicant's kept: in this application's cohort, or promised, from the cohort before it."""
    cohort = application.round.cohort
    before = RoundFactory(complete=True, cohort__programme=cohort.programme, cohort__starts=cohort.starts - 1)
    deferred = ApplicationFactory(
        state=State.DEFERRED, applicant=application.applicant, hub=application.hub, round=before
    )
    if state == DeferralState.TAKEN_UP:
        kwargs["places"] = HubPlaces.objects.get(cohort=cohort, hub=application.hub)
    return DeferralFactory(application=deferred, state=state, **kwargs)


@pytest.mark.parametrize("way", WAYS)
def test_what_was_ended_stands_again(ended: Application, way: Callable[[Application], None]) -> None:
    way(ended)

    assert state(ended) == ENDED[State(ended.state)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", [DeferralState.TAKEN_UP, DeferralState.GRANTED])
def test_nothing_stands_again_beside_a_place_that_is_kept(
    ended: Application, way: Callable[[Application], None], place: str
) -> None:
    kept(ended, place)
    colleague = ApplicationFactory(state=ended.state, round=ended.round, hub=ended.hub)

    way(ended)

    assert state(ended) == ended.state
    if way is not give_person:
        assert state(colleague) == ENDED[State(ended.state)]
    assert "Whose kept place is taken up does not apply to that cohort" not in broken_invariants()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", [DeferralState.REFUSED, DeferralState.GIVEN_UP])
def test_no_place_kept_keeps_nothing_back(ended: Application, way: Callable[[Application], None], place: str) -> None:
    kept(ended, place)

    way(ended)

    assert state(ended) == ENDED[State(ended.state)]


@pytest.mark.parametrize("way", WAYS)
def test_whoever_deferred_from_this_very_round_has_nothing_that_stands_again(ended: Application, way) -> None:
    deferred = ApplicationFactory(state=State.DEFERRED, applicant=ended.applicant, hub=ended.hub, round=ended.round)
    deferral = DeferralFactory(application=deferred, state=DeferralState.TAKEN_UP)

    way(ended)

    assert state(ended) == ended.state
    assert deferral.places.cohort != ended.round.cohort


def test_engine_itself_bars_it_whoever_calls(ended: Application) -> None:
    action = {State.EXPIRED: Action.REOPEN, State.INCOMPLETE: Action.AWAIT_AGAIN}[State(ended.state)]
    deferral = kept(ended, DeferralState.TAKEN_UP)

    with pytest.raises(DomainError, match="A place is kept for this person") as refused:
        application_move(application=ended, action=action, by=User.objects.system())

    assert (refused.value.code, state(ended)) == ("barred", ended.state)
    Deferral.objects.filter(pk=deferral.pk).update(state=DeferralState.GIVEN_UP, places=None)
    moved, _ = application_move(application=ended, action=action, by=User.objects.system())
    assert moved.state == ENDED[State(ended.state)]


@pytest.mark.parametrize("way", WAYS)
def test_one_of_a_persons_drafts_stands_again_the_newest(way: Callable[[Application], None]) -> None:
    round = RoundFactory(complete=True, opens_at=clock.now() - 60 * DAY)
    older = ApplicationFactory(state=State.EXPIRED, round=round)
    newer = ApplicationFactory(state=State.EXPIRED, round=round, hub=older.hub, applicant=older.applicant)
    other = ApplicationFactory(state=State.EXPIRED, round=round, hub=older.hub)

    way(older)

    others = State.EXPIRED if way is give_person else State.DRAFT
    assert [state(each) for each in (older, newer, other)] == [State.EXPIRED, State.DRAFT, others]


@pytest.mark.parametrize("way", WAYS)
def test_whoever_has_begun_anew_keeps_the_new_one(ended: Application, way: Callable[[Application], None]) -> None:
    anew = ApplicationFactory(round=ended.round, hub=ended.hub, applicant=ended.applicant)

    way(ended)

    assert (state(ended), state(anew)) == (ended.state, State.DRAFT)


def test_each_that_stands_again_costs_few_queries() -> None:
    """NCETM waits for it, and a round may have ended a thousand."""
    counted = []
    for number in (1, 11):
        round = RoundFactory(complete=True, opens_at=clock.now() - 60 * DAY)
        ended = [ApplicationFactory(state=State.EXPIRED, round=round) for _ in range(number)]
        with CaptureQueriesContext(connection) as queries:
            reopen(ended[0])
        assert {state(each) for each in ended} == {State.DRAFT}
        counted.append(len(queries))
    assert counted[1] - counted[0] <= 10 * 8


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["kept", "stands"])
def test_place_taken_up_in_the_same_moment_is_the_only_one(first: str) -> None:
    before = RoundFactory(complete=True)
    cohort = before.cohort
    round = RoundFactory(
        complete=True,
        cohort__programme=cohort.programme,
        cohort__starts=cohort.starts + 1,
        opens_at=clock.now() - 60 * DAY,
    )
    accepted = ApplicationFactory(state=State.ACCEPTED, round=before)
    ended = ApplicationFactory(state=State.EXPIRED, round=round, hub=accepted.hub, applicant=accepted.applicant)
    PlacementFactory(
        specialist__person=accepted.applicant, specialist__cohort=cohort, hub=accepted.hub, school=accepted.school
    )
    deferral, lead = DeferralFactory(application=accepted), UserFactory(hub_lead=accepted.hub)

    def keep() -> str:
        try:
            return deferral_decide(deferral=deferral, by=lead, grant=True, reason="Yes.").state
        except DomainError as error:
            return error.code

    if first == "kept":
        overtaken(lambda: reopen(ended), by=keep)
        assert (state(ended), Deferral.objects.get().state) == (State.EXPIRED, DeferralState.TAKEN_UP)
    else:
        assert overtaken(keep, by=lambda: reopen(ended)) == "applies-anew"
        assert (state(ended), Deferral.objects.get().state) == (State.DRAFT, DeferralState.ASKED)

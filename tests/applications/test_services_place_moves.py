"""NCETM moves places between hubs: with a record, and never more than are left."""

from functools import partial

import pytest

from applications.enums import RoundAction, State
from applications.models import Application, PlaceMove
from applications.services.place_moves import places_move
from applications.services.selection import decision_propose
from cohorts.models import HubPlaces
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.applications.test_concurrency import at_once
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, DeferralFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory
from tests.threads import overtaken

pytestmark = pytest.mark.django_db


@pytest.fixture
def round():
    return RoundFactory(complete=True)


@pytest.fixture
def hubs(round):
    """One with four places, of which one is offered, and one with two."""
    giver, receiver = MathsHubFactory(), MathsHubFactory()
    for hub, places in ((giver, 4), (receiver, 2)):
        HubPlacesFactory(cohort=round.cohort, hub=hub, places=places)
        UserFactory(hub_lead=hub)
    ApplicationFactory(state=State.OFFERED, round=round, hub=giver)
    return giver, receiver


@pytest.fixture
def ncetm():
    return UserFactory(ncetm=True)


def move(round, hubs, by, number=1, reason="Few teachers applied there."):
    return places_move(round=round, by=by, from_hub=hubs[0], to_hub=hubs[1], number=number, reason=reason)


def places(round, hubs) -> list[int]:
    rows = {row.hub_id: row for row in HubPlaces.objects.filter(cohort=round.cohort)}
    return [rows[hub.pk].places for hub in hubs]


def refused(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def test_places_move_with_a_record_and_both_hubs_are_told(round, hubs, ncetm) -> None:
    made = move(round, hubs, ncetm, number=3)

    assert places(round, hubs) == [1, 5]
    assert (made.from_hub, made.to_hub, made.number, made.by) == (*hubs, 3, ncetm)
    event = round.events.get(action=RoundAction.MOVE_PLACES)
    assert event.reason == "Few teachers applied there."
    leads = [hub.memberships.get().user.email for hub in hubs]
    assert sorted(Email.objects.filter(kind="places_moved_hub").values_list("to", flat=True)) == sorted(leads)


def test_hub_that_takes_no_part_does_from_now_on(round, hubs, ncetm) -> None:
    third = MathsHubFactory()

    move(round, (hubs[0], third), ncetm, number=2)

    assert places(round, (hubs[0], third)) == [2, 2]


@pytest.mark.parametrize(
    ("told", "code"),
    [({"number": 4}, "no-places"), ({"number": 0}, "number-wrong"), ({"reason": " "}, "reason-missing")],
)
def test_move_that_cannot_be_is_refused_and_writes_nothing(round, hubs, ncetm, told, code) -> None:
    with refused(code):
        move(round, hubs, ncetm, **told)

    assert (places(round, hubs), PlaceMove.objects.count(), Email.objects.count()) == ([4, 2], 0, 0)


def test_places_that_are_kept_for_people_who_deferred_do_not_move(round, hubs, ncetm) -> None:
    earlier = RoundFactory(
        complete=True, cohort__programme=round.cohort.programme, cohort__starts=round.cohort.starts - 1
    )
    kept = ApplicationFactory(state=State.DEFERRED, round=earlier, hub=hubs[0])
    DeferralFactory(application=kept, state="granted")

    with refused("places-kept"):
        move(round, hubs, ncetm, number=3)
    move(round, hubs, ncetm, number=2)

    assert places(round, hubs) == [2, 4]


def test_places_of_one_hub_do_not_move_to_itself(round, hubs, ncetm) -> None:
    with refused("same-hub"):
        move(round, (hubs[0], hubs[0]), ncetm)


@pytest.mark.parametrize("role", ["hub_lead", "hub_administrator"])
def test_only_ncetm_moves_places(round, hubs, role) -> None:
    with refused("not-allowed"):
        move(round, hubs, UserFactory(**{role: hubs[0]}))


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_last_places_move_once(round, hubs, ncetm) -> None:
    third = MathsHubFactory()
    HubPlacesFactory(cohort=round.cohort, hub=third, places=0)

    results = at_once(
        partial(move, round, hubs, ncetm, number=3), partial(move, round, (hubs[0], third), ncetm, number=3)
    )

    assert results.count("no-places") == 1
    assert sum(places(round, (*hubs, third))) == 6


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_place_that_a_lead_takes_meanwhile_does_not_move(round, hubs, ncetm) -> None:
    """Three are left, and one of them is proposed in this very moment."""
    lead = hubs[0].memberships.get().user
    application = ApplicationFactory(state=State.COMPLETE, round=round, hub=hubs[0])

    def propose() -> None:
        decision_propose(application=application, by=lead, outcome="offer", feedback="")

    def told() -> str:
        try:
            move(round, hubs, ncetm, number=3)
        except DomainError as error:
            return error.code
        return ""

    assert overtaken(told, by=propose) == "no-places"
    assert Application.objects.get(pk=application.pk).state == State.OFFER_PROPOSED
    assert places(round, hubs) == [4, 2]

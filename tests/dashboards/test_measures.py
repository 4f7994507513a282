"""Each figure counts what its words say, for the hub that it belongs to and nobody else's."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications.enums import ENDED, State
from applications.models import Round
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.dashboards import measures
from mastery_hub.dashboards.measures import Figures
from mastery_hub.directory.models import MathsHub
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, ReviewFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db

ONE_OF_EACH_STATE = {
    "drafts": 1,
    "submitted": 14,
    "waiting": 1,
    "complete": 1,
    "unscored": 1,
    "unlisted": 0,
    "exceptions": 0,
    "proposed": 3,
    "offered": 1,
    "accepted": 1,
    "reserved": 1,
    "shown_complete": 4,
    "shown_reserved": 1,
    "places": 5,
    "taken": 3,
    "left": 2,
}


@pytest.fixture
def round() -> Round:
    return RoundFactory(complete=True)


@pytest.fixture
def hub(round: Round) -> MathsHub:
    return HubPlacesFactory(cohort=round.cohort, places=5).hub


@pytest.fixture
def somebody() -> User:
    return UserFactory()


def figures(round: Round, seen_by: User, **only: Any) -> Figures:
    return measures.figures([round], seen_by=seen_by, **only)[round]


def all_of(counted: Figures, hub: MathsHub | None) -> dict[str, int]:
    pk = hub.pk if hub else None
    return {m.key: counted.of(pk, m) for m in (*measures.OF_APPLICATIONS, *measures.OF_PLACES)}


def test_every_measure_counts_the_states_it_names(round: Round, hub: MathsHub, somebody: User) -> None:
    for state in State:
        ApplicationFactory(round=round, hub=hub, state=state)

    assert all_of(figures(round, somebody), hub) == ONE_OF_EACH_STATE


def test_what_was_withdrawn_as_a_draft_was_never_submitted(round: Round, hub: MathsHub, somebody: User) -> None:
    ApplicationFactory(round=round, hub=hub, state=State.WITHDRAWN, submitted_at=None, pledge=None)
    ApplicationFactory(round=round, hub=hub, state=State.WITHDRAWN)

    assert figures(round, somebody).of(hub.pk, measures.SUBMITTED) == 1


def test_unscored_ends_with_the_first_submitted_review(round: Round, hub: MathsHub, somebody: User) -> None:
    application = ApplicationFactory(round=round, hub=hub, state=State.COMPLETE)
    review = ReviewFactory(application=application)
    ReviewFactory(application=ApplicationFactory(round=round, hub=hub, state=State.COMPLETE))
    assert figures(round, somebody).of(hub.pk, measures.UNSCORED) == 2

    review.submitted_at = clock.now()
    review.save()

    assert figures(round, somebody).of(hub.pk, measures.UNSCORED) == 1


def test_unlisted_schools_are_counted_until_found_or_over(round: Round, hub: MathsHub, somebody: User) -> None:
    for state in State:
        ApplicationFactory(round=round, hub=hub, state=state, unlisted=True)
    ApplicationFactory(round=round, hub=hub, state=State.COMPLETE)

    assert figures(round, somebody).of(hub.pk, measures.UNLISTED) == len(State) - len(ENDED) - 1  # the draft


def test_other_rounds_and_hubs_are_counted_apart(round: Round, hub: MathsHub, somebody: User) -> None:
    ApplicationFactory(round=round, hub=hub, state=State.COMPLETE)
    ApplicationFactory(round=round, hub=MathsHubFactory(), state=State.COMPLETE)
    ApplicationFactory(hub=hub, state=State.COMPLETE)

    everywhere = figures(round, somebody)
    here = figures(round, somebody, hubs=[hub.pk])

    assert everywhere.of(hub.pk, measures.COMPLETE) == here.of(hub.pk, measures.COMPLETE) == 1
    assert (everywhere.total(measures.COMPLETE), here.total(measures.COMPLETE)) == (2, 1)


def test_drafts_without_a_school_belong_to_no_hub(round: Round, hub: MathsHub, somebody: User) -> None:
    ApplicationFactory(round=round, placed=False)
    ApplicationFactory(round=round, hub=hub)

    counted = figures(round, somebody)

    assert (counted.of(None, measures.DRAFTS), counted.of(hub.pk, measures.DRAFTS)) == (1, 1)
    assert counted.total(measures.DRAFTS) == 2


def test_ones_own_application_is_left_out(round: Round, hub: MathsHub, somebody: User) -> None:
    ApplicationFactory(round=round, hub=hub, state=State.OFFER_PROPOSED, applicant=somebody)

    assert figures(round, somebody).of(hub.pk, measures.PROPOSAL) == 0
    assert figures(round, UserFactory()).of(hub.pk, measures.PROPOSAL) == 1


def test_place_held_by_ones_own_proposed_offer_counts_as_free(round: Round, hub: MathsHub, somebody: User) -> None:
    """What is left would tell by subtraction what must not be told."""
    ApplicationFactory(round=round, hub=hub, state=State.OFFER_PROPOSED, applicant=somebody)
    ApplicationFactory(round=round, hub=hub, state=State.OFFER_PROPOSED)

    seen = {person: figures(round, person) for person in (somebody, UserFactory())}

    places = HubPlaces.objects.get(hub=hub, cohort=round.cohort)
    left = [each.of(hub.pk, measures.LEFT) for each in seen.values()]
    taken = [each.of(hub.pk, measures.TAKEN) for each in seen.values()]
    assert (left, taken) == ([places.places - 1, places.places - 2], [1, 2])


def test_a_hub_without_anything_counts_nothing(round: Round, somebody: User) -> None:
    assert set(all_of(figures(round, somebody), MathsHubFactory()).values()) == {0}


def test_figures_take_two_queries_for_any_number_of_rounds_and_hubs(round: Round, somebody: User) -> None:
    rounds = [round, *(ApplicationFactory(state=State.OFFERED).round for _ in range(3))]
    ApplicationFactory(round=round, state=State.COMPLETE)

    with CaptureQueriesContext(connection) as taken:
        counted = measures.figures(rounds, seen_by=somebody)

    assert len(taken) == 2
    assert [each.total(measures.OFFERED) for each in counted.values()] == [0, 1, 1, 1]
    assert [each.total(measures.LEFT) for each in counted.values()] == [4, 3, 3, 3]


def test_measures_have_their_own_keys_and_words() -> None:
    every = (*measures.OF_APPLICATIONS, *measures.OF_PLACES)

    assert len({measure.key for measure in every}) == len(every)
    assert all(measure.name and measure.counts for measure in every)


def test_what_was_not_asked_for_is_neither_counted_nor_nought(round: Round, hub: MathsHub, somebody: User) -> None:
    ApplicationFactory(round=round, hub=hub, state=State.COMPLETE)

    counted = figures(round, somebody, wanted=[measures.COMPLETE])

    assert counted.of(hub.pk, measures.COMPLETE) == counted.total(measures.COMPLETE) == 1
    assert counted.of(hub.pk, measures.PLACES) == 5
    with pytest.raises(KeyError, match="unscored"):
        counted.of(hub.pk, measures.UNSCORED)
    with pytest.raises(KeyError, match="unscored"):
        counted.total(measures.UNSCORED)

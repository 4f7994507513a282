"""Each decision keeps the order of the scores of its day; one that departs from it says why."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from applications.enums import Outcome, State
from applications.models import Application, Decision, Review, SelectionPlan
from applications.services.score_order import score_order
from applications.services.selection import decision_propose
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, ReviewFactory, RoundFactory, StrategicNeedFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db
WHY = "A specialist in Calderdale"


@pytest.fixture
def hub():
    return MathsHubFactory()


@pytest.fixture
def round(hub):
    round = RoundFactory(complete=True)
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=4)
    return round


@pytest.fixture
def lead(hub):
    return UserFactory(hub_lead=hub)


@pytest.fixture
def scored(hub, round) -> dict[str, Application]:
    """A 4, B 3, C 3, D 1, and E not yet; one at another hub has 4."""
    made = {name: ApplicationFactory(state=State.COMPLETE, hub=hub, round=round) for name in "ABCDE"}
    elsewhere = ApplicationFactory(state=State.COMPLETE, round=round)
    for application, value in zip([*made.values(), elsewhere], (4, 3, 3, 1, None, 4), strict=True):
        if value is not None:
            ReviewFactory(application=application, submitted_at=clock.now(), scored=value)
    ReviewFactory(application=made["E"], scored=4)
    return made


def propose(application: Application, lead, outcome: Outcome = Outcome.OFFER, departure: str = "") -> Decision:
    told = {"outcome": outcome, "feedback": "Thank you.", "departure": departure}
    return decision_propose(application=application, by=lead, **told)


def missing():
    return pytest.raises(DomainError, check=lambda error: error.code == "departure-missing")


@pytest.mark.parametrize(
    ("name", "place"), [("A", (1, 4)), ("B", (2, 4)), ("C", (2, 4)), ("D", (4, 4)), ("E", (None, None))]
)
def test_place_by_score_is_kept_with_the_decision(scored, lead, name, place) -> None:
    decision = propose(scored[name], lead, departure=WHY)

    assert (decision.score_place, decision.score_of) == place


def test_past_decision_keeps_the_order_of_its_day(scored, lead) -> None:
    decision = propose(scored["B"], lead, departure=WHY)
    Review.objects.filter(application=scored["A"]).update(submitted_at=None)

    decision.refresh_from_db()
    assert (decision.score_place, decision.score_of, decision.departure) == (2, 4, WHY)
    assert score_order(scored["B"]).place == 1


def test_offers_from_the_top_need_no_reason(scored, lead) -> None:
    assert [propose(scored[name], lead).departure for name in "ABC"] == ["", "", ""]


def test_offer_before_somebody_with_a_higher_score_needs_a_reason(scored, lead) -> None:
    with missing():
        propose(scored["B"], lead)
    assert not Decision.objects.exists()
    assert Application.objects.get(pk=scored["B"].pk).state == State.COMPLETE

    assert propose(scored["B"], lead, departure=WHY).departure == WHY


def test_equal_scores_come_in_any_order(scored, lead) -> None:
    propose(scored["A"], lead)

    assert propose(scored["C"], lead).departure == ""


def test_reserve_for_one_whom_a_lower_score_has_passed_needs_a_reason(scored, lead) -> None:
    propose(scored["D"], lead, departure=WHY)

    with missing():
        propose(scored["A"], lead, Outcome.RESERVE)
    assert propose(scored["A"], lead, Outcome.OFFER).departure == ""


def test_unsuccessful_before_a_reserve_with_a_lower_score_needs_a_reason(scored, lead) -> None:
    propose(scored["D"], lead, Outcome.RESERVE)

    with missing():
        propose(scored["A"], lead, Outcome.UNSUCCESSFUL)


def test_reserve_after_all_with_higher_scores_are_offered_needs_none(scored, lead) -> None:
    for name in "ABC":
        propose(scored[name], lead)

    assert propose(scored["D"], lead, Outcome.RESERVE).departure == ""


def test_one_without_scores_departs_from_nothing(scored, lead) -> None:
    assert propose(scored["E"], lead).departure == ""


def test_whoever_has_withdrawn_is_not_compared(scored, lead) -> None:
    Application.objects.filter(pk=scored["A"].pk).update(state=State.WITHDRAWN, shown_state=State.WITHDRAWN)

    assert (propose(scored["B"], lead).score_place, score_order(scored["B"]).of) == (1, 3)


# The page


def page_of(application: Application) -> str:
    return reverse("hub_decision", args=[application.hub.slug, application.reference])


def test_page_asks_for_the_need_of_the_plan_and_loses_nothing(client: Client, scored, lead, hub, round) -> None:
    plan = SelectionPlan.objects.create(round=round, hub=hub, strategic_plan="We look to the north.")
    StrategicNeedFactory(plan=plan, title=WHY, order=1)
    client.force_login(lead)

    page = client.get(page_of(scored["B"]))
    for words in (WHY, "We look to the north.", "2 of 4 by score"):
        assertContains(page, words)
    refused = client.post(page_of(scored["B"]), {"outcome": "offer", "feedback_offer": "Well done"})
    assertContains(refused, "Say why this departs from the order of the scores")
    assertContains(refused, "Well done")

    client.post(page_of(scored["B"]), {"outcome": "offer", "need": WHY, "departure": "She lives there."})

    assert Decision.objects.get().departure == f"{WHY}. She lives there."


def test_page_asks_for_no_reason_where_nothing_departs(client: Client, scored, lead) -> None:
    client.force_login(lead)

    assertNotContains(client.get(page_of(scored["A"])), "Departing from the order of the scores")

"""A hub's list: its own applications, told to each role as far as that role may see."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from applications.enums import PhaseTaught, State
from applications.models import Criterion
from cohorts.models import HubPlaces
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    HeadteacherRankFactory,
    HeadteacherSupportFactory,
    ReviewFactory,
    RoundFactory,
)
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> MathsHub:
    return MathsHubFactory()


def signed_in(client: Client, **role: Any) -> Any:
    user = UserFactory(**role)
    client.force_login(user)
    return user


def address(hub: MathsHub, query: str = "") -> str:
    return reverse("hub_application_list", args=[hub.slug]) + query


def listed(client: Client, hub: MathsHub, query: str = "") -> list[Any]:
    return [row.record for row in client.get(address(hub, query)).context["table"].rows]


def test_list_shows_what_was_submitted_to_this_hub_alone(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    ours = ApplicationFactory(state=State.COMPLETE, hub=hub)
    ApplicationFactory(state=State.DRAFT, hub=hub)
    ApplicationFactory(state=State.COMPLETE)

    assert listed(client, hub) == [ours]


def test_list_of_another_hub_is_not_found(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)

    assert client.get(address(hub)).status_code == 200
    assert client.get(address(MathsHubFactory())).status_code == 404


def test_list_asks_to_sign_in(client: Client, hub: MathsHub) -> None:
    assert client.get(address(hub)).status_code == 302


def test_list_leaves_out_ones_own_application(client: Client, hub: MathsHub) -> None:
    lead = signed_in(client, hub_lead=hub)
    ApplicationFactory(state=State.OFFER_PROPOSED, hub=hub, applicant=lead)

    assert listed(client, hub) == []


def test_list_counts_nothing_of_ones_own_proposed_offer(client: Client, hub: MathsHub) -> None:
    """Neither the number proposed nor the number left may tell a hub lead what is proposed about them."""
    lead = signed_in(client, hub_lead=hub)
    own = ApplicationFactory(state=State.OFFER_PROPOSED, hub=hub, applicant=lead)
    HubPlaces.objects.filter(hub=hub).update(places=5)
    ApplicationFactory(state=State.OFFER_PROPOSED, hub=hub, round=own.round)

    mine = {stat["label"]: stat["value"] for stat in client.get(address(hub)).context["places"][0]["stats"]}
    signed_in(client, hub_lead=hub)
    others = {stat["label"]: stat["value"] for stat in client.get(address(hub)).context["places"][0]["stats"]}

    assert (mine["Offers proposed"], mine["Left"]) == (1, 4)
    assert (others["Offers proposed"], others["Left"]) == (2, 3)


def test_list_without_applications_says_so(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)

    assertContains(client.get(address(hub)), "Applications show here once they are submitted")


@pytest.mark.parametrize("role", ["hub_lead", "hub_reviewer"])
def test_list_shows_proposal_to_leads_and_reviewers(client: Client, hub: MathsHub, role: str) -> None:
    signed_in(client, **{role: hub})
    ApplicationFactory(state=State.OFFER_PROPOSED, hub=hub)

    response = client.get(address(hub))

    assertContains(response, '<strong class="govuk-tag govuk-tag--teal">Offer proposed</strong>')
    assertContains(response, "Average")


def test_list_shows_neither_proposal_nor_score_to_administrators(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_administrator=hub)
    application = ApplicationFactory(state=State.OFFER_PROPOSED, hub=hub)
    ReviewFactory(application=application, scored=3, submitted_at=clock.now())

    response = client.get(address(hub))

    assertContains(response, '<strong class="govuk-tag govuk-tag--blue">With the hub</strong>')
    for secret in ("roposed", "Average", "3.0", "Left"):
        assertNotContains(response, secret)


def test_list_filter_finds_no_proposal_for_administrators(client: Client, hub: MathsHub) -> None:
    """Nor does the filter tell what the column hides."""
    ApplicationFactory(state=State.OFFER_PROPOSED, hub=hub)
    query = "?state=complete"

    signed_in(client, hub_administrator=hub)
    assert len(listed(client, hub, query)) == 1
    signed_in(client, hub_lead=hub)
    assert len(listed(client, hub, query)) == 0


def test_list_average_is_hidden_from_reviewer_who_has_not_scored(client: Client, hub: MathsHub) -> None:
    application = ApplicationFactory(state=State.COMPLETE, hub=hub)
    ReviewFactory(application=application, scored=3, submitted_at=clock.now())
    reviewer = signed_in(client, hub_reviewer=hub)
    assert [row.average for row in listed(client, hub)] == [None]

    ReviewFactory(application=application, reviewer=reviewer, scored=1, submitted_at=clock.now())

    assert [row.average for row in listed(client, hub)] == [2.0]


def test_average_counts_a_criterion_by_its_weight(client: Client, hub: MathsHub) -> None:
    application = ApplicationFactory(state=State.COMPLETE, hub=hub)
    review = ReviewFactory(application=application, submitted_at=clock.now(), scored=1)
    heavy = review.scores.first()
    Criterion.objects.filter(pk=heavy.criterion_id).update(weight=3)
    review.scores.filter(pk=heavy.pk).update(value=4)
    client.force_login(UserFactory(hub_lead=hub))

    assert [row.average for row in listed(client, hub)] == [3.25]
    page = client.get(reverse("hub_application", args=[hub.slug, application.reference]))
    assert page.context["scores"]["average"] == "3.2"


def test_list_average_counts_submitted_reviews_only(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    application = ApplicationFactory(state=State.COMPLETE, hub=hub)
    ReviewFactory(application=application, scored=4, submitted_at=clock.now())
    ReviewFactory(application=application, scored=0)

    [row] = listed(client, hub)

    assert (row.average, row.reviews_submitted) == (4.0, 1)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=okoro", ["Okoro"]),
        ("?q=sam+larkfield", ["Okoro"]),
        ("?q=sam+elsewhere", []),
        ("?q=MS-TEST-01", ["Patel"]),
        ("?state=offered&state=complete", ["Okoro", "Patel"]),
        ("?state=offered", ["Patel"]),
        ("?phase=key_stage_1", ["Okoro"]),
        ("?state=nonsense", ["Okoro", "Patel"]),
        ("?sort=applicant", ["Okoro", "Patel"]),
        ("?sort=-applicant", ["Patel", "Okoro"]),
    ],
)
def test_list_is_filtered_and_sorted(client: Client, hub: MathsHub, query: str, found: list[str]) -> None:
    signed_in(client, hub_lead=hub)
    ApplicationFactory(
        state=State.COMPLETE,
        hub=hub,
        applicant__first_name="Sam",
        applicant__last_name="Okoro",
        school__name="Larkfield Primary School",
        phase=PhaseTaught.KEY_STAGE_1,
    )
    ApplicationFactory(
        state=State.OFFERED, hub=hub, applicant__first_name="Ana", applicant__last_name="Patel", reference="MS-TEST-01"
    )

    names = [row.applicant.last_name for row in listed(client, hub, query)]

    assert (names if "sort" in query else sorted(names)) == found


def test_list_counts_places(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    round = RoundFactory(complete=True)
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=4)
    for state in (State.OFFER_PROPOSED, State.OFFERED, State.ACCEPTED, State.COMPLETE):
        ApplicationFactory(state=state, hub=hub, round=round)

    [quota] = client.get(address(hub)).context["places"]

    assert [(each["label"], each["value"]) for each in quota["stats"]] == [
        ("Places", 4),
        ("Offers proposed", 1),
        ("Offered", 1),
        ("Accepted", 1),
        ("Left", 1),
    ]


@pytest.mark.parametrize("role", ["hub_lead", "hub_reviewer", "hub_administrator"])
def test_list_queries_are_the_same_for_1_and_30_rows(
    client: Client, hub: MathsHub, role: str, django_assert_num_queries: Any
) -> None:
    signed_in(client, **{role: hub})
    round = RoundFactory(complete=True)
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=40)

    def add() -> None:
        application = ApplicationFactory(state=State.OFFER_PROPOSED, hub=hub, round=round)
        HeadteacherSupportFactory(application=application, state="signed")
        ReviewFactory(application=application, scored=2, submitted_at=clock.now())

    add()
    client.get(address(hub))
    with django_assert_num_queries(16):
        assert len(listed(client, hub)) == 1
    for _ in range(29):
        add()
    with django_assert_num_queries(16):
        assert len(listed(client, hub)) == 30


def test_list_counts_places_of_cohorts_still_to_begin(client: Client, hub: MathsHub, time_machine: Any) -> None:
    """Once the last one has begun, its numbers stay until there is another."""
    time_machine.move_to("2026-10-01 12:00:00+00:00")
    signed_in(client, hub_lead=hub)

    def starts() -> list[int]:
        return [quota["cohort"].starts for quota in client.get(address(hub)).context["places"]]

    assert starts() == []
    HubPlacesFactory(hub=hub, cohort__starts=2025)
    HubPlacesFactory(hub=hub, cohort__starts=2026)
    assert starts() == [2026]
    HubPlacesFactory(hub=hub, cohort__starts=2027)
    HubPlacesFactory(hub=hub, cohort__starts=2027)
    assert starts() == [2027, 2027]


def test_pages_are_counted_by_what_is_listed(client: Client, hub: MathsHub) -> None:
    """The filters count what they offer; the pages read that number, and count anew where a filter is in force."""
    signed_in(client, hub_lead=hub)
    round = RoundFactory(complete=True)
    for state, phase in (
        (State.COMPLETE, "key_stage_1"),
        (State.COMPLETE, "key_stage_2"),
        (State.SUBMITTED, "key_stage_2"),
    ):
        ApplicationFactory(round=round, hub=hub, state=state, phase=phase)

    counts = {query: client.get(address(hub, query)).context["table"].count for query in ("", "?state=complete", "?q=")}

    assert counts == {"": "3 applications", "?state=complete": "2 applications", "?q=": "3 applications"}


def test_rank_of_the_headteacher_is_told_to_those_who_see_evidence(client: Client, hub: MathsHub) -> None:
    ranked, other = ApplicationFactory.create_batch(2, state=State.COMPLETE, hub=hub)
    HeadteacherRankFactory(support__application=ranked, place=2, of=3)
    HeadteacherSupportFactory(application=other, state="signed")

    signed_in(client, hub_lead=hub)
    assertContains(client.get(address(hub)), "Ranked ", count=1)
    assertContains(client.get(address(hub)), "Ranked 2 of 3")
    signed_in(client, hub_administrator=hub)
    assertNotContains(client.get(address(hub)), "Ranked")

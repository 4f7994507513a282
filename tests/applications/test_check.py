"""The check before signing up: a few questions, every reason at once, nothing stored but in the session."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import Eligibility
from applications.models import Application, Round
from applications.services.extensions import extension_cancel
from cohorts.models import HubPlaces
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub
from tests.factories.accounts import UserFactory
from tests.factories.applications import EligibilityQuestionFactory, ExtensionFactory, HubRuleFactory, RoundFactory
from tests.factories.cohorts import CohortFactory, HubPlacesFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def round() -> Round:
    round = RoundFactory(complete=True)
    told = {"terms": round.current_terms}
    EligibilityQuestionFactory(**told, key="qts", text="Do you have QTS?", not_met="Apply once you have it.")
    EligibilityQuestionFactory(**told, key="days", text="How many days?", least=3, not_met="Ask for more days.")
    EligibilityQuestionFactory(
        **told,
        key="by",
        text="Employed by?",
        options=["A school", "An agency"],
        accepted=["A school"],
        not_met="Find one.",
    )
    EligibilityQuestionFactory(**told, key="years", text="How many years?", least=4, advisory=True, not_met="Say more.")
    return round


@pytest.fixture
def hub(round: Round) -> MathsHub:
    hub = MathsHubFactory(name="North", email="north@hub.example")
    HubPlacesFactory(cohort=round.cohort, hub=hub)
    return hub


GOOD = {"rule-qts": "yes", "rule-days": "5", "rule-by": "A school", "rule-years": "9"}


def page(round: Round, name: str = "") -> str:
    return reverse(f"eligibility_check{name}", args=[round.code])


def result(client: Client, round: Round, **answers: str) -> Any:
    answer = client.post(page(round), GOOD | {f"rule-{key}": value for key, value in answers.items()})
    assertRedirects(answer, page(round, "_result"), fetch_redirect_response=False)
    return client.get(page(round, "_result"))


def of_school(client: Client, round: Round, hub: MathsHub, **school: Any) -> None:
    school = SchoolFactory(name="Larkfield Primary School", in_hub=hub, **school)
    told = {"school-text": "larkfield", "school-for": "larkfield", "school": school.pk}
    assertRedirects(client.post(page(round, "_school"), told), page(round))


def test_round_page_leads_to_the_check(client: Client, round: Round) -> None:
    assertContains(client.get(round.get_absolute_url()), page(round))


def test_who_meets_every_rule_starts_an_application(client: Client, round: Round) -> None:
    found = result(client, round)
    assertContains(found, "You can apply")
    assertContains(found, reverse("application_start", args=[round.code]))
    assertNotContains(found, "Not yet")


def test_every_reason_is_told_at_once_with_what_to_do(client: Client, round: Round) -> None:
    found = result(client, round, qts="no", days="2", by="An agency", years="1")
    assertContains(found, "You cannot apply as things stand")
    for said in ("Apply once you have it.", "Ask for more days.", "Find one.", "Say more."):
        assertContains(found, said)
    assertContains(found, "This is advised, not required", count=1)
    assertContains(found, "tell us your school")
    assertContains(found, "has not been announced yet")
    assertContains(found, "Start your application all the same")


@pytest.mark.parametrize("whose", ["nobody", "hub", "own", "another person", "taken back", "over"])
def test_after_the_round_has_closed_those_check_who_have_more_time(
    client: Client, round: Round, hub: MathsHub, whose: str
) -> None:
    person = UserFactory()
    client.force_login(person)
    Round.objects.filter(pk=round.pk).update(closes_at=clock.now() - timedelta(hours=1))
    round.refresh_from_db()
    later = clock.now() + timedelta(days=2)
    if whose in ("hub", "taken back", "over"):
        ends = clock.now() - timedelta(minutes=1) if whose == "over" else later
        given = ExtensionFactory(round=round, hub=hub, closes_at=ends)
        if whose == "taken back":
            extension_cancel(extension=given, by=UserFactory(ncetm=True), reason="A mistake")
    elif whose != "nobody":
        applicant = person if whose == "own" else UserFactory()
        ExtensionFactory(round=round, hub=None, applicant=applicant, closes_at=later)

    if whose not in ("hub", "own"):
        assertRedirects(client.get(page(round)), round.get_absolute_url())
        assertNotContains(client.get(round.get_absolute_url()), page(round))
        return
    assertContains(client.get(round.get_absolute_url()), page(round))
    assert client.get(page(round)).status_code == 200
    start = reverse("application_start", args=[round.code])
    found = result(client, round)
    if whose == "own":
        assertContains(found, start)
        return
    assertContains(found, "Tell us your school to see if its hub has more")
    assertNotContains(found, start)
    of_school(client, round, hub)
    assertContains(result(client, round), start)


def test_hub_without_more_time_says_so_after_the_round_has_closed(client: Client, round: Round, hub: MathsHub) -> None:
    Round.objects.filter(pk=round.pk).update(closes_at=clock.now() - timedelta(hours=1))
    ExtensionFactory(round=round, closes_at=clock.now() + timedelta(days=2))
    of_school(client, round, hub)

    found = result(client, round)

    assertContains(found, "North Maths Hub was not given more time")
    assertNotContains(found, reverse("application_start", args=[round.code]))


def test_advisory_rule_alone_stands_in_nobodys_way(client: Client, round: Round) -> None:
    found = result(client, round, years="1")
    assertContains(found, "You can apply")
    assertContains(found, "Say more.")


def test_school_names_whom_to_contact_and_brings_the_hubs_own_rule(client: Client, round: Round, hub: MathsHub) -> None:
    HubRuleFactory(round=round, hub=hub, key="own", text="How many terms?", least=2, not_met="Stay for longer.")
    of_school(client, round, hub)
    assertContains(client.get(page(round)), "Asked by North Maths Hub")

    found = result(client, round, own="1")

    assertContains(found, "This is North Maths Hub’s own rule.")
    assertContains(found, "Stay for longer.")
    assertContains(found, "north@hub.example")
    assertNotContains(found, "tell us your school")


@pytest.mark.parametrize(
    ("school", "said"),
    [({"independent": True}, "is not state-funded"), ({"secondary": True}, "is not a school for the")],
)
def test_school_that_the_programme_is_not_for_is_a_reason(
    client: Client, round: Round, hub: MathsHub, school: dict[str, Any], said: str
) -> None:
    of_school(client, round, hub, **school)
    assertContains(result(client, round), said)


def test_hub_that_does_not_recruit_names_its_neighbours(client: Client, round: Round, hub: MathsHub) -> None:
    neighbour = MathsHubFactory(name="South")
    hub.neighbours.add(neighbour)
    HubPlacesFactory(cohort=round.cohort, hub=neighbour)
    HubPlaces.objects.filter(hub=hub).delete()
    of_school(client, round, hub)
    assertContains(result(client, round), "apply to South Maths Hub instead")


def test_next_round_is_told_by_its_date(client: Client, round: Round) -> None:
    cohort = CohortFactory(programme=round.cohort.programme, number=99)
    RoundFactory(cohort=cohort, opens_at=clock.now() + timedelta(days=300), published_at=clock.now())
    assertContains(result(client, round, qts="no"), "apply to Cohort 99")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({}, "Select an answer to “Do you have QTS?”"),
        (GOOD | {"rule-qts": "perhaps"}, "Select one of the choices shown"),
        (GOOD | {"rule-days": ""}, "Enter a whole number for “How many days?”"),
        (GOOD | {"rule-days": "-1"}, "Enter a whole number for “How many days?”"),
        (GOOD | {"rule-days": "2.5"}, "Enter a whole number for “How many days?”"),
        (GOOD | {"rule-days": "9" * 5000}, "Enter a whole number for “How many days?”"),
        (GOOD | {"rule-days": "🧮"}, "Enter a whole number for “How many days?”"),
        (GOOD | {"rule-by": "<script>"}, "Select one of the choices shown"),
        (GOOD | {"rule-by": "\0"}, "Select one of the choices shown"),
    ],
)
def test_bad_input_is_told_of_and_nothing_is_lost(
    client: Client, round: Round, typed: dict[str, str], message: str
) -> None:
    answer = client.post(page(round), typed)
    assertContains(answer, message)
    assert {name: answer.context["form"][name].value() for name in typed} == typed
    assert "eligibility_check" not in client.session


def test_result_without_answers_asks_first(client: Client, round: Round) -> None:
    assertRedirects(client.get(page(round, "_result")), page(round))


def test_question_that_joined_since_is_asked_first(client: Client, round: Round) -> None:
    result(client, round)
    EligibilityQuestionFactory(terms=round.current_terms)
    assertRedirects(client.get(page(round, "_result")), page(round))


@pytest.mark.parametrize("name", ["", "_school", "_result"])
def test_looking_stores_nothing(client: Client, round: Round, name: str) -> None:
    with CaptureQueriesContext(connection) as taken:
        client.get(page(round, name))
    assert [query["sql"] for query in taken if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))] == []
    assert len(taken) <= 20


def over(round: Round) -> None:
    Round.objects.update(closes_at=clock.now())


def without_questions(round: Round) -> None:
    round.current_terms.eligibility_questions.all().delete()


@pytest.mark.parametrize("change", [over, without_questions])
@pytest.mark.parametrize("name", ["", "_school", "_result"])
def test_round_that_asks_nothing_or_is_over_speaks_for_itself(
    client: Client, round: Round, change: Callable[[Round], None], name: str
) -> None:
    change(round)
    assertRedirects(client.get(page(round, name)), round.get_absolute_url())


def test_round_to_come_says_when_it_opens(client: Client, round: Round) -> None:
    now = clock.now()
    Round.objects.update(opens_at=now + timedelta(days=9), closes_at=now + timedelta(days=30))
    found = result(client, round)
    assertContains(found, "Applications open at")
    assertNotContains(found, "Start your application")


def test_round_that_is_not_published_is_ncetms_to_see(client: Client, round: Round) -> None:
    Round.objects.update(published_at=None)
    assert client.get(page(round)).status_code == 404
    client.force_login(UserFactory(ncetm=True))
    assert client.get(page(round)).status_code == 200


def test_answers_follow_whoever_signs_up_and_starts_and_are_then_forgotten(
    client: Client, round: Round, hub: MathsHub
) -> None:
    result(client, round, days="2")
    teacher = UserFactory()
    client.force_login(teacher)
    start = {"document": round.current_document.pk, "read": "on"}

    client.post(reverse("application_start", args=[round.code]), start)

    application = Application.objects.get(applicant=teacher)
    outcome = application.eligibility_outcomes.get()
    assert {said["key"]: said["value"] for said in outcome.answers} == {
        "qts": "yes",
        "days": 2,
        "by": "A school",
        "years": 9,
    }
    assert application.eligibility == Eligibility.NOT_MET
    assert client.session["eligibility_check"] == {}

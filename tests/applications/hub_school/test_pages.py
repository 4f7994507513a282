"""The pages on which a typed-in school is flagged, looked for and found."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import State
from applications.models import Application
from mastery_hub.accounts.models import User
from mastery_hub.directory.models import School
from tests.applications.applicants import url
from tests.applications.hub_school.steps import FIRST, match, people
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db


def address(application: Application, name: str = "hub_school", query: str = "") -> str:
    return reverse(name, args=[application.hub.slug, application.reference]) + query


def said(application: Application, school: School) -> dict[str, Any]:
    return {"school": school.pk, "shown": application.school_id}


# What the hub sees


@pytest.mark.parametrize("role", ["hub_lead", "hub_reviewer", "hub_administrator"])
def test_application_page_flags_the_school(client: Client, application: Application, role: str) -> None:
    client.force_login(UserFactory(**{role: application.hub}))

    page = client.get(address(application, "hub_application"))

    assertContains(page, "Larkfield Academy is not in the schools register:")
    assertContains(page, '<strong class="govuk-tag govuk-tag--orange">To be found</strong>')
    assertContains(page, "Primary, state-funded")
    assertNotContains(page, application.school_id)
    assertNotContains(page, "Confirm this headteacher")
    leads = role == "hub_lead"
    assert (FIRST in page.content.decode()) == (address(application) in page.content.decode()) == leads


def test_application_page_tells_what_was_found(
    client: Client, application: Application, lead: User, listed: School
) -> None:
    match(application, lead, listed)
    client.force_login(lead)

    page = client.get(address(application, "hub_application"))

    assertNotContains(page, "not in the schools register")
    for shown in ("Larkfield Academy", f"URN {listed.urn}", f"As {lead} said on", "School found in the register"):
        assertContains(page, shown)
    assertContains(page, "Correct the school")
    assertContains(page, "Confirm this headteacher")


def test_applicant_is_told_that_it_was_found(
    client: Client, application: Application, lead: User, listed: School
) -> None:
    match(application, lead, listed)
    client.force_login(application.applicant)

    assertContains(client.get(url(application)), f"{application.hub} found your school in the schools register")


def test_list_flags_and_filters(client: Client, application: Application, lead: User) -> None:
    ApplicationFactory(state=State.COMPLETE, hub=application.hub)
    ApplicationFactory(unlisted=True, state=State.WITHDRAWN, hub=application.hub)
    client.force_login(lead)
    place = reverse("hub_application_list", args=[application.hub.slug])

    assertContains(client.get(place), '<strong class="govuk-tag govuk-tag--orange">Not in the register</strong>', 2)
    found = client.get(place, {"school": "unlisted"}).context["table"]
    assert [row.record for row in found.rows] == [application]


def test_decision_page_says_what_comes_first(client: Client, application: Application, lead: User) -> None:
    client.force_login(lead)
    place = address(application, "hub_decision")

    page = client.get(place)
    assertContains(page, FIRST)
    assertNotContains(page, "Offer a place")
    page = client.post(place, {"outcome": "offer", "feedback_offer": "Well done"})

    assertContains(page, FIRST)
    assertContains(page, "Well done")
    assert not application.decisions.exists()


# The page


def test_page_looks_for_what_was_typed_and_takes_the_answer(
    client: Client, application: Application, lead: User, listed: School
) -> None:
    client.force_login(lead)
    School.objects.filter(pk=listed.pk).update(name="Larkfield Academy")

    page = client.get(address(application))
    assertContains(page, f"As {application.applicant} typed it in")
    assertContains(page, f"URN {listed.urn}")
    page = client.post(address(application), said(application, listed), follow=True)

    assertRedirects(page, address(application, "hub_application"))
    assertContains(page, f"The school is Larkfield Academy, URN {listed.urn}.")
    assertNotContains(page, "The application stays with you.")
    assert Application.objects.get().school == listed


def test_page_looks_for_the_postcode_where_the_name_finds_nothing(
    client: Client, application: Application, lead: User
) -> None:
    client.force_login(lead)
    School.with_unlisted.update(postcode="ZZ9 9ZZ")
    neighbour = SchoolFactory(name="Hilltop Primary School", postcode="ZZ9 9ZZ")
    SchoolFactory(postcode="ZZ1 1AA")

    page = client.get(address(application))
    assertContains(page, 'value="ZZ9 9ZZ"')
    assert re.findall(r'name="school"\s+type="radio"\s+value="(\d+)"', page.content.decode()) == [str(neighbour.pk)]


def test_page_finds_by_another_search_what_is_not_open_yet(
    client: Client, application: Application, lead: User
) -> None:
    client.force_login(lead)
    planned = SchoolFactory(name="Hilltop Primary School", status=4)
    ApplicationFactory(unlisted=True, typed_school__school__name="Hilltop Academy")

    page = client.get(address(application, query="?q=hilltop"))

    assertContains(page, f'id="id_school-{planned.pk}"')
    assertContains(page, "Proposed to open – ")
    client.post(address(application, query="?q=hilltop"), said(application, planned))
    assert Application.objects.get(pk=application.pk).school == planned


def test_page_says_that_the_application_stays_where_it_is(client: Client, application: Application, lead: User) -> None:
    home = MathsHubFactory()
    client.force_login(lead)

    page = client.post(address(application), said(application, SchoolFactory(name="Hill", in_hub=home)), follow=True)

    assertContains(page, f"The home hub of Hill is {home}. The application stays with you.")


@pytest.mark.parametrize("q", ["", "a", "%", "x" * 101])
def test_page_says_which_search_cannot_work(client: Client, application: Application, lead: User, q: str) -> None:
    client.force_login(lead)

    typed = {"school-text": q, "shown": application.school_id}
    assertContains(client.post(address(application), typed), "There is a problem")


def test_page_with_nothing_found_says_what_to_try(client: Client, application: Application, lead: User) -> None:
    client.force_login(lead)

    assertContains(client.get(address(application)), "No school found for “Larkfield Academy”")


def test_page_without_an_answer_says_so(client: Client, application: Application, lead: User, listed: School) -> None:
    client.force_login(lead)
    answers: list[dict[str, Any]] = [{}, {"school": "x"}, {"school": application.school_id}, {"school": "1"}]
    shown = {"school-text": "larkfield", "school-for": "larkfield", "shown": application.school_id}

    for answer in answers:
        page = client.post(address(application, query="?q=larkfield"), answer | shown)
        assertContains(page, "There is a problem")
        assertContains(page, listed.name)
    assert Application.objects.get().school == application.school


def test_page_tells_the_second_lead(client: Client, application: Application, lead: User, listed: School) -> None:
    client.force_login(UserFactory(hub_lead=application.hub))
    match(application, lead, listed)

    page = client.post(address(application), said(application, SchoolFactory()), follow=True)

    assertContains(page, f"Nothing was changed: {lead} has said that this is {listed}.")
    assert Application.objects.get().school == listed


def test_page_is_for_leads(client: Client, application: Application) -> None:
    answers = {}
    for who, person in people(application).items():
        client.force_login(person)
        answers[who] = client.get(address(application)).status_code
    assert answers == {
        "lead": 200,
        "reviewer": 403,
        "administrator": 403,
        "NCETM administrator": 403,
        "lead of another hub": 404,
        "applicant": 404,
    }


def test_page_of_a_listed_school_turns_away(client: Client) -> None:
    application = ApplicationFactory(state=State.COMPLETE)
    client.force_login(UserFactory(hub_lead=application.hub))

    page = client.get(address(application), follow=True)

    assertRedirects(page, address(application, "hub_application"))
    assertContains(page, "Nothing was changed: there is no school to look for, or not at this stage.")


# The national list


@pytest.fixture
def national(client: Client) -> Client:
    client.force_login(UserFactory(ncetm=True))
    return client


def rows(client: Client, **query: str) -> list[Application]:
    return [row.record for row in client.get(reverse("national_typed_schools"), query).context["table"].rows]


def test_national_list_has_every_school_that_was_typed_in_and_submitted(
    national: Client, application: Application, lead: User, listed: School
) -> None:
    other = ApplicationFactory(unlisted=True, state=State.SUBMITTED)
    over = ApplicationFactory(unlisted=True, state=State.INCOMPLETE)
    ApplicationFactory(unlisted=True)
    ApplicationFactory(state=State.COMPLETE)
    match(application, lead, listed)

    page = national.get(reverse("national_typed_schools"))

    assert rows(national) == [over, other, application]
    assert rows(national, sort="-found") == [application, over, other]
    assert rows(national, found="no") == [other]
    assert rows(national, found="yes") == rows(national, q="larkfield") == [application]
    assert rows(national, hub=other.hub.slug) == [other]
    assertContains(page, f"Larkfield Primary Academy, URN {listed.urn}")
    assertContains(page, '<strong class="govuk-tag govuk-tag--orange">Waits for the hub</strong>', 1)
    assertContains(page, '<strong class="govuk-tag govuk-tag--grey">Not found</strong>', 1)
    assertNotContains(page, other.school_id)

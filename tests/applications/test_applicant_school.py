"""Your school, searched and chosen; another school starts anew."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import SupportState
from applications.models import Application, HeadteacherSupport
from applications.services.school_choice import application_choose_hub, application_save_school
from mastery_hub.directory.models import MathsHub, School
from tests.applications.applicants import signed_in, url
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> MathsHub:
    return MathsHubFactory()


@pytest.fixture
def school(hub: MathsHub) -> School:
    return SchoolFactory(name="Larkfield Primary School", in_hub=hub)


def chosen(application: Application, client: Client, school: School, **more: Any) -> Any:
    return client.post(f"{url(application, 'school')}?q=larkfield", {"school": school.pk}, **more)


def test_school_chosen_elsewhere_is_shown_before_it_is_replaced(client: Client, hub: MathsHub, school: School) -> None:
    application = signed_in(client, placed=False)
    place = f"{url(application, 'school')}?q=larkfield"
    stale = client.get(place).context["form"]["seen"].value()
    other = SchoolFactory(name="Hawthorn Primary School", in_hub=hub)
    application_save_school(application=application, by=application.applicant, school=other)

    page = client.post(place, {"school": school.pk, "seen": stale})

    assertContains(page, "Your school was changed in another window or on another device")
    assertContains(page, other.label)
    assert Application.objects.get().school == other
    assertContains(client.get(place), f"You have chosen {other.label}.")
    knowing = page.context["form"]["seen"].value()
    client.post(place, {"school": school.pk, "seen": knowing})
    assert Application.objects.get().school == school
    client.post(place, {"school": school.pk, "seen": stale})  # a second click
    assert Application.objects.get().school == school


def test_hub_chosen_elsewhere_is_shown_before_it_is_replaced(client: Client) -> None:
    application = signed_in(client)
    home, near, far = application.hub, MathsHubFactory(name="Near"), MathsHubFactory(name="Far")
    for each in (near, far):
        HubPlacesFactory(cohort=application.round.cohort, hub=each)
    home.neighbours.add(near, far)
    place = url(application, "hub")
    stale = client.get(place).context["form"]["seen"].value()
    application_choose_hub(application=application, by=application.applicant, hub=near, reason="It is closer")

    page = client.post(place, {"hub": far.pk, "reason": "Friends go there", "seen": stale})

    assertContains(page, "Your hub was changed in another window or on another device")
    assertContains(page, "It is closer")
    assertContains(page, "<p>Near Maths Hub</p>", html=True)
    assert Application.objects.get().hub == near
    typed = {"hub": far.pk, "reason": "Friends go there", "seen": page.context["form"]["seen"].value()}
    client.post(place, typed)
    assert (Application.objects.get().hub, Application.objects.get().hub_reason) == (far, "Friends go there")


@pytest.mark.parametrize("by", ["larkfield", "Fictionby", "ZZ1 1AA", "urn"])
def test_school_is_found_and_chosen(client: Client, hub: MathsHub, school: School, by: str) -> None:
    """Without a script: typed and searched for, then chosen among radios."""
    application = signed_in(client, placed=False)
    by = str(school.urn) if by == "urn" else by

    found = client.post(url(application, "school"), {"school-text": by})
    assertRedirects(found, f"{url(application, 'school')}?{urlencode({'q': by})}")
    page = client.get(found["Location"])
    assertNotContains(page, "There is a problem")
    assertContains(page, "Larkfield Primary School")
    assertContains(page, f"URN {school.urn}")
    assertContains(page, "Choose this school</button>")
    answer = client.post(found["Location"], {"school-text": by, "school-for": by, "school": school.pk})
    assertRedirects(answer, url(application, "school"))

    application.refresh_from_db()
    assert (application.school, application.hub) == (school, hub)
    page = client.get(url(application, "school"))
    assertContains(page, f'<a class="govuk-link" href="{hub.get_absolute_url()}">{hub}</a>', html=True)
    assertNotContains(page, "Which school do you work in?")


def test_school_page_begins_with_a_search(client: Client) -> None:
    application = signed_in(client, placed=False)

    page = client.get(url(application, "school"))

    assertContains(page, "Which school do you work in?")
    assertContains(page, "Search</button>")
    assertNotContains(page, "Choose this school</button>")


def test_school_search_with_nothing_found_says_what_to_try(client: Client) -> None:
    application = signed_in(client, placed=False)

    assertContains(client.get(url(application, "school"), {"q": "nowhere"}), "No school found for “nowhere”")
    assertContains(client.post(url(application, "school"), {"school-text": "nowhere"}), "There is a problem")


@pytest.mark.parametrize("q", ["", "a", "%", "x" * 101])
def test_school_search_that_cannot_work_says_so(client: Client, q: str) -> None:
    application = signed_in(client, placed=False)

    page = client.post(url(application, "school"), {"school-text": q})

    assertContains(page, "There is a problem")
    assertContains(page, f'value="{q}"')


def test_school_search_leads_back_to_checking_the_answers(client: Client, school: School) -> None:
    application = signed_in(client, placed=False)
    place = f"{url(application, 'school')}?from=check"

    assertRedirects(client.post(place, {"school-text": "larkfield"}), f"{place}&q=larkfield")
    assertRedirects(client.post(place, {"school": school.pk}), place)


@pytest.mark.parametrize("typed", [{}, {"school": ""}, {"school": "abc"}, {"school": "1"}, {"later": "1"}])
def test_school_not_chosen_is_refused(client: Client, school: School, typed: dict[str, str]) -> None:
    application = signed_in(client, placed=False)

    page = client.post(f"{url(application, 'school')}?q=larkfield", typed)

    assertContains(page, "There is a problem")
    application.refresh_from_db()
    assert application.school is None


def test_school_found_and_none_chosen_is_asked_for(client: Client, school: School) -> None:
    application = signed_in(client, placed=False)

    page = client.post(
        f"{url(application, 'school')}?q=larkfield", {"school-text": "larkfield", "school-for": "larkfield"}
    )

    assertContains(page, "Select one of the schools found")
    assertContains(page, f'value="{school.urn}"')


def test_closed_school_is_told_and_not_taken(client: Client, hub: MathsHub) -> None:
    closed = SchoolFactory(name="Larkfield Infant School", in_hub=hub, closed=True)
    application = signed_in(client, placed=False)

    page = client.get(url(application, "school"), {"q": "larkfield"})
    assertContains(page, "Larkfield Infant School, Fictionby.")
    assertNotContains(page, 'type="radio"')
    assertContains(chosen(application, client, closed), "Choose the school that took its place")
    application.refresh_from_db()
    assert application.school is None


def test_school_without_hub_is_refused_and_still_shown(client: Client) -> None:
    application = signed_in(client, placed=False)

    page = chosen(application, client, SchoolFactory(name="Larkfield Primary School"))

    assertContains(page, "We do not know the Maths Hub of Larkfield Primary School.")
    assertContains(page, 'value="Larkfield Primary School, Fictionby"')


def test_switching_school_warns_and_cancels_request_and_signature(client: Client, school: School) -> None:
    application = signed_in(client, ready=True)
    place = url(application, "school")

    assertNotContains(client.get(place), "we cancel what you asked")
    assertContains(client.get(f"{place}?change=1"), "You have already asked Helen Marsh")
    page = chosen(application, client, school, follow=True)

    assertContains(page, "We cancelled your request to Helen Marsh.")
    application.refresh_from_db()
    assert (application.school, application.pledge) == (school, None)
    assert HeadteacherSupport.objects.get().state == SupportState.CANCELLED


def test_choosing_same_school_again_changes_nothing(client: Client, hub: MathsHub, school: School) -> None:
    application = signed_in(client, ready=True, school=school, hub=hub)

    page = chosen(application, client, school, follow=True)

    assertNotContains(page, "We cancelled")
    application.refresh_from_db()
    assert application.pledge is not None
    assert HeadteacherSupport.objects.get().state == SupportState.REQUESTED

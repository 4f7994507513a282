"""The hub's pages of observations, interviews and the shortlist; what the applicant sees of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from applications.enums import AssessmentKind, AssessmentState, State
from applications.models import Application, Assessment, Shortlisting
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.models import Email
from tests.applications.hubs import address, signed_in
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    ReviewFactory,
)
from tests.factories.assessments import AssessmentFactory, AssessmentScoreFactory, ShortlistingFactory

pytestmark = pytest.mark.django_db
NOTES = "Asked the children what they noticed"


def at(assessment: Assessment, name: str = "") -> str:
    return reverse(f"hub_assessment{name}", args=[assessment.hub.slug, assessment.pk])


@pytest.fixture
def held(application: Application) -> Assessment:
    began = clock.now() - timedelta(hours=2)
    held = AssessmentFactory(application=application, state=AssessmentState.HELD, starts_at=began, notes=NOTES)
    AssessmentScoreFactory(assessment=held, value=4)
    return held


@pytest.fixture
def coming(application: Application) -> Assessment:
    return AssessmentFactory(application=application, kind=AssessmentKind.INTERVIEW)


def typed(people: list[User], **changes: Any) -> dict[str, Any]:
    on = clock.today() + timedelta(days=7)
    when = {"on-day": on.day, "on-month": on.month, "on-year": on.year, "starts": "9:30am", "ends": "10:30am"}
    return {"kind": "interview", **when, "place": "Room 2", "first": people[0].pk, "second": people[1].pk, **changes}


@pytest.fixture
def people(hub: MathsHub) -> list[User]:
    return [UserFactory(hub_reviewer=hub), UserFactory(hub_administrator=hub)]


def test_administrator_arranges_on_one_page(client: Client, hub, application, people) -> None:
    signed_in(client, hub_administrator=hub)
    page = client.get(address(application, "hub_arrange") + "?kind=interview").content.decode()
    assert "Arrange it and tell everybody" in page

    response = client.post(address(application, "hub_arrange"), typed(people))

    assessment = Assessment.objects.get()
    assert response["Location"] == at(assessment)
    assert (clock.london(assessment.starts_at).hour, assessment.place) == (9, "Room 2")
    assert Email.objects.filter(kind="assessment_arranged_hub").count() == 2


def test_everything_wrong_is_said_at_once_and_nothing_typed_is_lost(client: Client, hub, application, people) -> None:
    signed_in(client, hub_lead=hub)

    page = client.post(address(application, "hub_arrange"), {"place": "Room 2", "starts": "soon"}).content.decode()

    for sentence in (
        "Choose what you arrange",
        "Enter the date",
        "Begins at must be a time",
        "Enter when it ends",
        "Choose the first person",
        "Choose the second person",
    ):
        assert sentence in page
    assert 'value="Room 2"' in page
    assert not Assessment.objects.exists()


def test_person_booked_already_is_asked_about_once_more(client: Client, hub, application, people) -> None:
    signed_in(client, hub_lead=hub)
    sent = typed(people)
    other = ApplicationFactory(state=State.COMPLETE, hub=hub)
    client.post(address(other, "hub_arrange"), sent)

    page = client.post(address(application, "hub_arrange"), sent).content.decode()
    assert (Assessment.objects.count(), "Book them all the same" in page) == (1, True)
    assert f"{people[0]} has an interview 9:30am" in page

    client.post(address(application, "hub_arrange"), {**sent, "knowingly": "on"})
    assert Assessment.objects.count() == 2


def test_moved_and_cancelled_on_its_pages(client: Client, hub, coming, people) -> None:
    signed_in(client, hub_administrator=hub)
    assert "Change it and tell everybody" in client.get(at(coming, "_move")).content.decode()

    client.post(at(coming, "_move"), typed(people, words="A colleague is ill."))
    coming.refresh_from_db()
    assert coming.people == people

    client.post(at(coming, "_cancel"), {"words": "The school is closed."})
    coming.refresh_from_db()
    assert coming.state == AssessmentState.CANCELLED
    page = client.get(at(coming)).content.decode()
    assert ("Interview moved" in page, "Interview cancelled" in page, "The school is closed." in page) == (True,) * 3

    again = client.post(at(coming, "_cancel"), {}, follow=True).content.decode()
    assert "Nothing was changed" in again


@pytest.mark.parametrize(
    ("role", "sees", "scores"),
    [
        ({"hub_lead": True}, True, True),
        ({"hub_administrator": True}, True, False),
        ({"hub_reviewer": True}, False, False),
        ({"ncetm": True}, True, True),
    ],
)
def test_administrators_see_no_scores_and_reviewers_only_their_own(
    client: Client, hub, held, role: dict[str, Any], sees: bool, scores: bool
) -> None:
    signed_in(client, **{name: hub if name.startswith("hub") else True for name in role})

    response = client.get(at(held))
    page = response.content.decode()
    listed = client.get(reverse("hub_assessment_list", args=[hub.slug])).content.decode()

    assert (response.status_code == 200, NOTES in page, "<strong>4</strong>" in page) == (sees, scores, scores)
    assert (str(held.application.applicant) in listed) == sees
    assert client.get(at(held, "_calendar")).status_code == (200 if sees else 404)


def test_one_of_the_two_sees_and_writes_them(client: Client, held) -> None:
    client.force_login(held.second)

    assert NOTES in client.get(at(held)).content.decode()
    page = client.get(at(held, "_scores")).content.decode()
    assert (NOTES in page, client.get(at(held, "_move")).status_code) == (True, 403)


def test_applicant_who_leads_the_hub_finds_none_of_their_own(client: Client, hub) -> None:
    own = ApplicationFactory(state=State.COMPLETE, hub=hub, applicant=UserFactory(hub_lead=hub))
    own_assessment = AssessmentFactory(application=own, state=AssessmentState.HELD, notes=NOTES)
    client.force_login(own.applicant)

    for name in ("", "_move", "_cancel", "_scores", "_calendar"):
        assert client.get(at(own_assessment, name)).status_code == 404, name
    assert NOTES not in client.get(own.get_absolute_url()).content.decode()


def test_colleagues_save_is_shown_and_not_overwritten(client: Client, held) -> None:
    client.force_login(held.first)
    seen = client.get(at(held, "_scores")).context["form"].initial["seen"]
    Assessment.objects.filter(pk=held.pk).update(notes="What my colleague wrote")

    page = client.post(at(held, "_scores"), {"notes": "What I wrote", "seen": seen}).content.decode()

    held.refresh_from_db()
    assert held.notes == "What my colleague wrote"
    assert ("What my colleague wrote" in page, "What I wrote" in page) == (True, True)


def test_scores_wait_until_it_begins(client: Client, coming) -> None:
    client.force_login(coming.first)

    response = client.get(at(coming, "_scores"), follow=True)

    assert f"This is arranged for {coming.when}." in response.content.decode()


def test_held_by_a_button_once_it_has_begun(client: Client, coming) -> None:
    client.force_login(coming.first)
    client.post(at(coming, "_hold"))
    coming.refresh_from_db()
    assert coming.state == AssessmentState.SCHEDULED

    Assessment.objects.filter(pk=coming.pk).update(starts_at=clock.now())
    assert "It has been held" in client.get(at(coming)).content.decode()
    client.post(at(coming, "_hold"))
    coming.refresh_from_db()
    assert coming.state == AssessmentState.HELD


def test_hubs_page_of_the_application_tells_of_it(client: Client, hub, coming) -> None:
    signed_in(client, hub_lead=hub)

    page = client.get(address(coming.application)).content.decode()

    assert (coming.when in page, at(coming) in page, "Arrange an observation or an interview" in page) == (True,) * 3


# The applicant


def test_applicant_sees_date_and_place_and_nothing_that_was_written(client: Client, held, coming) -> None:
    client.force_login(coming.application.applicant)

    page = client.get(coming.application.get_absolute_url()).content.decode()

    assert (coming.when in page, coming.place in page, str(coming.first) in page) == (True, True, True)
    assert (held.when in page, NOTES in page) == (False, False)
    Assessment.objects.filter(pk=coming.pk).update(state=AssessmentState.CANCELLED)
    assert coming.when not in client.get(coming.application.get_absolute_url()).content.decode()


def test_applicant_adds_it_to_their_calendar(client: Client, coming) -> None:
    client.force_login(coming.application.applicant)
    path = reverse("application_calendar", args=[coming.application.reference, coming.pk])

    [event] = Calendar.from_ical(client.get(path).content).events

    assert event["summary"] == f"Interview: {coming.hub}"
    assert (event.start, event["location"]) == (coming.starts_at.replace(microsecond=0), coming.place)


def test_calendar_of_somebody_else_is_not_found(client: Client, coming) -> None:
    other = AssessmentFactory()
    client.force_login(coming.application.applicant)

    assert client.get(reverse("application_calendar", args=[other.application.reference, other.pk])).status_code == 404
    mine = reverse("application_calendar", args=[coming.application.reference, other.pk])
    assert client.get(mine).status_code == 404


# The shortlist


def shortlist(hub: MathsHub, application: Application) -> str:
    return reverse("hub_shortlist", args=[hub.slug, application.round.code])


@pytest.fixture
def taking_part(hub: MathsHub, application: Application) -> Application:
    ReviewFactory(application=application, scored=3, submitted_at=clock.now())
    return application


def test_lead_puts_on_and_takes_off_by_buttons(client: Client, hub, taking_part) -> None:
    signed_in(client, hub_lead=hub)
    page = client.get(shortlist(hub, taking_part)).content.decode()
    assert ("Put on" in page, "Take off" in page, "3.0" in page) == (True, False, True)

    client.post(address(taking_part, "hub_shortlist_put"))
    page = client.get(shortlist(hub, taking_part)).content.decode()
    assert ("Put on" in page, "Take off" in page, Shortlisting.objects.open().count()) == (False, True, 1)

    client.post(address(taking_part, "hub_shortlist_off"))
    assert Shortlisting.objects.open().count() == 0


def test_administrator_reads_the_shortlist_without_scores_and_proposals(client: Client, hub, taking_part) -> None:
    ShortlistingFactory(application=taking_part)
    Application.objects.filter(pk=taking_part.pk).update(state=State.RESERVE_PROPOSED)
    signed_in(client, hub_administrator=hub)

    page = client.get(shortlist(hub, taking_part)).content.decode()

    assert (str(taking_part.applicant) in page, "Arrange" in page) == (True, True)
    assert ("3.0" in page, "Average" in page, "proposed" in page, "Take off" in page) == (False,) * 4


def test_reviewer_may_not_open_the_shortlist(client: Client, hub, taking_part) -> None:
    signed_in(client, hub_reviewer=hub)
    assert client.get(shortlist(hub, taking_part)).status_code == 403
    signed_in(client, hub_lead=hub)
    assert client.get(shortlist(hub, taking_part)).status_code == 200

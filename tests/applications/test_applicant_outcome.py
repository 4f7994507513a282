"""Accepting and declining an offer: before the reply-by instant, once, by its applicant."""

from datetime import datetime, time, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.applicant_presenters.status import Progress, progress_of
from applications.enums import PROPOSED, State
from applications.models import Offer
from cohorts.models import Placement, Specialist
from mastery_hub.common.clock import LONDON
from mastery_hub.common.templatetags.moments import day
from tests.applications.applicants import signed_in, url
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory
from tests.factories.cohorts import ResidentialFactory

pytestmark = pytest.mark.django_db

ACCEPT = {"answer": "accept", "reason": "What nobody asked for"}
DECLINE = {"answer": "decline", "reason": "I am moving to another school"}


def test_offer_page_says_what_until_when_and_dates(client: Client) -> None:
    application = signed_in(client, state=State.OFFERED)
    ResidentialFactory(cohort=application.round.cohort)

    page = client.get(url(application, "offer"))

    assertContains(page, f"{application.hub} offers you a place")
    assertContains(page, "in 14 days")
    assertContains(page, "subject to confirmation")


def test_accepting_makes_a_specialist(client: Client) -> None:
    application = signed_in(client, state=State.OFFERED)

    page = client.post(url(application, "offer"), ACCEPT, follow=True)

    assertRedirects(page, url(application))
    assertContains(page, "You have accepted the place. Congratulations!")
    specialist = Specialist.objects.get(person=application.applicant, cohort=application.round.cohort)
    placement = Placement.objects.get(specialist=specialist)
    assert (placement.hub, placement.school) == (application.hub, application.school)
    assertContains(page, f"You are a Mastery Specialist in {application.round.cohort.name}.")


def test_declining_keeps_the_reason(client: Client) -> None:
    application = signed_in(client, state=State.OFFERED)

    page = client.post(url(application, "offer"), DECLINE, follow=True)

    assertContains(page, "You have declined the place.")
    application.refresh_from_db()
    assert (application.state, Offer.objects.get().decline_reason) == (State.DECLINED, DECLINE["reason"])
    assert Specialist.objects.count() == 0


def test_declining_needs_no_reason(client: Client) -> None:
    application = signed_in(client, state=State.OFFERED)

    client.post(url(application, "offer"), {"answer": "decline"})

    application.refresh_from_db()
    assert application.state == State.DECLINED


@pytest.mark.parametrize("typed", [{}, {"answer": "maybe"}])
def test_offer_without_answer_is_asked_again(client: Client, typed: dict[str, str]) -> None:
    application = signed_in(client, state=State.OFFERED)

    assertContains(client.post(url(application, "offer"), typed), "There is a problem")

    application.refresh_from_db()
    assert application.state == State.OFFERED


@pytest.mark.parametrize("second", [ACCEPT, DECLINE])
def test_second_answer_gets_a_sentence(client: Client, second: dict[str, str]) -> None:
    application = signed_in(client, state=State.OFFERED)
    client.post(url(application, "offer"), ACCEPT)

    page = client.post(url(application, "offer"), second, follow=True)

    assertContains(page, "Nothing was changed: this application is now “place accepted”.")
    assert Specialist.objects.count() == 1


@pytest.mark.parametrize(("microseconds", "state"), [(-1, State.ACCEPTED), (0, State.OFFERED)])
def test_accepting_at_edge_of_reply_by(client: Client, microseconds: int, state: State) -> None:
    application = signed_in(client, state=State.OFFERED)
    reply_by = application.offers.get().reply_by.replace(microsecond=0)
    Offer.objects.update(reply_by=reply_by)

    with time_machine.travel(reply_by + timedelta(microseconds=microseconds), tick=False):
        client.force_login(application.applicant)
        page = client.post(url(application, "offer"), ACCEPT, follow=True)

    application.refresh_from_db()
    assert application.state == state
    assert ("The time to answer this offer has passed" in page.content.decode()) == (state == State.OFFERED)


@pytest.mark.parametrize("state", sorted(set(State) - {State.OFFERED, State.DELETED}))
def test_offer_page_without_offer_leads_to_the_application(client: Client, state: State) -> None:
    application = signed_in(client, state=state)

    assertRedirects(client.get(url(application, "offer")), url(application))


@pytest.mark.parametrize("state", sorted(PROPOSED | {State.COMPLETE}))
def test_offer_button_is_absent_until_release(client: Client, state: State) -> None:
    application = signed_in(client, state=state)

    assertNotContains(client.get(url(application)), url(application, "offer"))


def test_offer_is_for_its_applicant_alone(client: Client) -> None:
    application = signed_in(client, state=State.OFFERED)
    assert client.get(url(application, "offer")).status_code == 200

    for person in (UserFactory(), UserFactory(hub_lead=application.hub), UserFactory(ncetm=True)):
        client.force_login(person)
        assert client.get(url(application, "offer")).status_code == 404
        assert client.post(url(application, "offer"), ACCEPT).status_code == 404
    application.refresh_from_db()
    assert application.state == State.OFFERED


def test_place_says_when_the_year_begins_and_then_that_it_has_begun() -> None:
    application = ApplicationFactory(state=State.ACCEPTED)
    begins = datetime.combine(application.round.cohort.academic_year.first_day, time(), tzinfo=LONDON)
    just_before = progress_of(application, begins - timedelta(microseconds=1))

    assert just_before.when.startswith("Your development year starts on 1 September ")
    assert progress_of(application, begins) == Progress(
        "You are in the cohort. There is nothing more to do here.", "", f"It began on {day(begins)}"
    )

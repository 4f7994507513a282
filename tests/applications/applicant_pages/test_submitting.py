"""Submitting to the microsecond and once, and withdrawing."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import ENDED, PROPOSED, Action, State
from mastery_hub.common import clock
from tests.applications.applicant_pages.steps import KNOWN, PAGES
from tests.applications.applicants import signed_in, url
from tests.factories.applications import ApplicationFactory
from tests.factories.cohorts import PlacementFactory, ResidentialFactory, SpecialistFactory

pytestmark = pytest.mark.django_db


# Checking and submitting


def test_check_shows_every_answer_with_its_change_link(client: Client) -> None:
    application = signed_in(client, ready=True)

    page = client.get(url(application, "check"))

    for page_name in ("about", "school", "declarations", "commitments", "headteacher"):
        assertContains(page, f'href="{url(application, page_name)}?from=check"')
    for answer in application.answers.all():
        assertContains(page, answer.text)
        assertContains(page, f'href="{url(application, "answer", number=answer.question.order)}?from=check"')
    assertNotContains(page, "Before you can submit")


def test_ready_application_is_submitted(client: Client) -> None:
    application = signed_in(client, ready=True)

    response = client.post(url(application, "check"), follow=True)

    assertRedirects(response, url(application, "submitted"))
    assertContains(response, application.reference)
    assertContains(response, "Helen Marsh must sign the school’s commitments.")
    application.refresh_from_db()
    assert application.state == State.SUBMITTED


def test_application_with_gaps_is_not_submitted_and_says_them_all(client: Client) -> None:
    application = signed_in(client, placed=False)

    assertContains(client.get(url(application, "check")), "Before you can submit")
    page = client.post(url(application, "check"))

    assertContains(page, "Your application is not ready to submit")
    for missing in ("Enter your role", "Choose your school", "Answer question 1", "Agree to your commitments"):
        assertContains(page, missing)
    application.refresh_from_db()
    assert application.state == State.DRAFT


def test_submitting_twice_gets_a_sentence(client: Client) -> None:
    application = signed_in(client, ready=True)
    client.post(url(application, "check"))

    page = client.post(url(application, "check"), follow=True)

    assertRedirects(page, url(application))
    assertContains(page, "Nothing was changed: this application is now “waiting for support”.")
    assert application.events.filter(action=Action.SUBMIT).count() == 1


@pytest.mark.parametrize(("microseconds", "state"), [(-1, State.SUBMITTED), (0, State.DRAFT)])
def test_submitting_at_edge_of_deadline(client: Client, microseconds: int, state: State) -> None:
    application = signed_in(client, ready=True)
    closes = application.round.closes_at.replace(microsecond=0)
    type(application.round).objects.update(closes_at=closes)

    with time_machine.travel(closes + timedelta(microseconds=microseconds), tick=False):
        client.force_login(application.applicant)
        page = client.post(url(application, "check"), follow=True)

    application.refresh_from_db()
    assert application.state == state
    assert ("This round has closed" in page.content.decode()) == (state == State.DRAFT)


def test_submitted_page_of_draft_leads_to_the_draft(client: Client) -> None:
    application = signed_in(client)

    assertRedirects(client.get(url(application, "submitted")), url(application))


def test_check_after_submitting_is_for_reading_only(client: Client) -> None:
    application = signed_in(client, ready=True, state=State.COMPLETE)

    page = client.get(url(application, "check"))

    assertContains(page, application.answers.first().text)
    assertNotContains(page, "Submit application")
    assertNotContains(page, "Change<")


# Withdrawing


MAY_WITHDRAW = {State.DRAFT, State.SUBMITTED, State.COMPLETE, State.RESERVED, State.ACCEPTED, State.DEFERRED} | PROPOSED


@pytest.mark.parametrize("state", sorted(KNOWN))
def test_withdrawing_is_offered_and_done_where_it_is_allowed(client: Client, state: State) -> None:
    application = signed_in(client, state=state)
    allowed = state in MAY_WITHDRAW

    assert (url(application, "withdraw") in client.get(url(application)).content.decode()) == allowed
    assert client.get(url(application, "withdraw")).status_code == (200 if allowed else 302)
    page = client.post(url(application, "withdraw"), {"why": "release"}, follow=True)

    application.refresh_from_db()
    assert application.state == (State.WITHDRAWN if allowed else state)
    assert ("You have withdrawn the application." in page.content.decode()) == allowed


def test_withdrawn_application_may_be_begun_again_while_the_round_is_open(client: Client) -> None:
    application = signed_in(client, state=State.WITHDRAWN)

    assertContains(client.get(url(application)), "Start another application to this round")
    type(application.round).objects.update(closes_at=clock.now())
    assertNotContains(client.get(url(application)), "Start another application to this round")


# Costs


@pytest.mark.parametrize("state", sorted(KNOWN))
def test_page_takes_at_most_twenty_queries(client: Client, state: State, django_assert_max_num_queries: Any) -> None:
    application = signed_in(client, ready=True, state=state)
    cohort = application.round.cohort
    if state in (State.ACCEPTED, *ENDED):
        PlacementFactory(specialist=SpecialistFactory(person=application.applicant, cohort=cohort))
        ResidentialFactory(cohort=cohort)

    for page in PAGES:
        with django_assert_max_num_queries(20):
            client.get(url(application, page))


def test_other_persons_specialist_row_is_not_shown(client: Client) -> None:
    application = signed_in(client, state=State.ACCEPTED)
    other = ApplicationFactory(round=application.round, state=State.ACCEPTED)
    SpecialistFactory(person=other.applicant, cohort=application.round.cohort)

    assertNotContains(client.get(url(application)), "You are a Mastery Specialist")

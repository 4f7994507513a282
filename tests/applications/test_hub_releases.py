"""The page of all decisions, its check page, and the hub's words in letters."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains
from zeal import zeal_ignore

from applications.enums import Outcome, State
from applications.models import Application, LetterWording, ReleaseDelay, Round
from applications.services.selection import decision_propose
from mastery_hub.common import clock
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, ReleaseDelayFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub():
    return MathsHubFactory()


@pytest.fixture
def round(hub):
    round = RoundFactory(complete=True)
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=60)
    return round


@pytest.fixture
def lead(hub, client: Client):
    lead = UserFactory(hub_lead=hub)
    client.force_login(lead)
    return lead


@pytest.fixture
def proposed(hub, round, lead) -> Application:
    application = ApplicationFactory(state=State.COMPLETE, hub=hub, round=round)
    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="Well done")
    return application


@pytest.fixture
def at(hub, round):
    return lambda name, *more: reverse(name, args=[hub.slug, round.code, *more])


def test_decisions_are_released_from_the_check_page(client: Client, at, proposed) -> None:
    page = client.get(at("hub_decisions_release"))
    assertContains(page, "Well done")
    marks = [each["mark"] for each in page.context["ready"]]

    done = client.post(at("hub_decisions_release"), {"letter": marks}, follow=True)

    assertContains(done, "1 decision is released")
    assertContains(client.post(at("hub_decisions_release"), {"letter": marks}, follow=True), "had been released before")
    assert Email.objects.filter(kind="outcome_offer").count() == 1


def test_check_page_says_what_stays_behind_and_why(client: Client, at, proposed, round) -> None:
    Round.objects.filter(pk=round.pk).update(confirms_decisions=True)

    page = client.get(at("hub_decisions_release"))

    assertContains(page, "NCETM has not confirmed this proposal yet.")
    assert page.context["ready"] == []


def test_before_the_day_letters_are_read_and_not_released(client: Client, at, proposed, round) -> None:
    now = clock.now()
    Round.objects.filter(pk=round.pk).update(
        releases_at=now + timedelta(days=2), opens_at=now - timedelta(days=60), closes_at=now - timedelta(days=1)
    )

    page = client.get(at("hub_decisions_release"))
    marks = [each["mark"] for each in page.context["ready"]]
    refused = client.post(at("hub_decisions_release"), {"letter": marks}, follow=True)

    assertContains(page, "Well done")
    assertNotContains(page, "Release 1 decision")
    assertContains(refused, "Decisions of this round are released from")
    assert Application.objects.get(pk=proposed.pk).state == State.OFFER_PROPOSED


def test_forty_and_more_go_out_in_one_request(client: Client, at, hub, round, lead) -> None:
    for _ in range(45):
        ApplicationFactory(state=State.OFFER_PROPOSED, hub=hub, round=round)
    marks = [each["mark"] for each in client.get(at("hub_decisions_release")).context["ready"]]

    with zeal_ignore():  # each goes out in a transaction of its own
        done = client.post(at("hub_decisions_release"), {"letter": marks}, follow=True)

    assertContains(done, "45 decisions are released")
    assert Email.objects.filter(kind="outcome_offer").count() == 45


def test_one_who_was_not_released_is_named(client: Client, at, proposed) -> None:
    decision = proposed.decisions.get()

    done = client.post(at("hub_decisions_release"), {"letter": [f"{decision.pk}-other"]}, follow=True)

    assertContains(done, f"{proposed.applicant} was not released")


def test_words_are_saved_and_refused_without_losing_them(client: Client, at, lead) -> None:
    refused = client.post(at("hub_wording", "offer"), {"text": "Dear [nobody], welcome"})
    assertContains(refused, "Nothing can be put in for “[nobody]”")
    assertContains(refused, "welcome")

    client.post(at("hub_wording", "offer"), {"text": "Dear [name], welcome"})

    assert LetterWording.objects.get().text == "Dear [name], welcome"
    assert client.get(at("hub_wording", "sideways")).status_code == 404


def test_letter_of_one_person(client: Client, hub, proposed) -> None:
    address = reverse("hub_letter", args=[hub.slug, proposed.reference])
    decision = proposed.decisions.get()

    saved = client.post(address, {"text": "Only for you", "decision": decision.pk}, follow=True)
    assertContains(saved, "Only for you", count=2)

    reset = client.post(
        reverse("hub_letter_reset", args=[hub.slug, proposed.reference]), {"decision": decision.pk}, follow=True
    )
    assertNotContains(reset, "Only for you")


@pytest.mark.parametrize("role", ["hub_reviewer", "hub_administrator"])
@pytest.mark.parametrize("name", ["hub_decisions", "hub_decisions_release", "hub_release_delay"])
def test_decisions_are_not_shown_to_reviewers_and_administrators(client: Client, hub, at, proposed, role, name) -> None:
    client.force_login(UserFactory(**{role: hub}))

    assert client.get(at(name)).status_code == 403


def test_ncetm_reads_the_decisions_and_releases_none(client: Client, at, proposed) -> None:
    client.force_login(UserFactory(ncetm=True))

    assertContains(client.get(at("hub_decisions")), str(proposed.applicant))
    assert client.get(at("hub_decisions_release")).status_code == 403
    assert client.post(at("hub_decisions_release")).status_code == 403


def test_lead_who_applies_does_not_see_their_own(client: Client, at, lead, hub, round, proposed) -> None:
    own = ApplicationFactory(state=State.OFFER_PROPOSED, hub=hub, round=round, applicant=lead)

    for name in ("hub_decisions", "hub_decisions_release"):
        page = client.get(at(name))
        assertNotContains(page, own.reference)
        assertContains(page, str(proposed.applicant))
    assert "1" in {str(each["value"]) for each in client.get(at("hub_decisions")).context["stats"]}


def test_later_day_is_shown_to_those_who_wait_alone(client: Client, at, hub, round, lead, proposed) -> None:
    day = clock.today() + timedelta(days=6)
    sent = {"until-day": day.day, "until-month": day.month, "until-year": day.year, "note": "Two interviews moved."}
    client.post(at("hub_release_delay"), sent)
    assert ReleaseDelay.objects.get().until == day
    heard = ApplicationFactory(state=State.RESERVED, hub=hub, round=round)

    shown = []
    for application in (proposed, heard):
        client.force_login(application.applicant)
        shown.append("Two interviews moved." in client.get(application.get_absolute_url()).content.decode())

    assert shown == [True, False]


def test_later_day_of_another_hub_concerns_nobody_here(client: Client, proposed, round) -> None:
    ReleaseDelayFactory(round=round, note="Elsewhere alone.")
    client.force_login(proposed.applicant)

    assertNotContains(client.get(proposed.get_absolute_url()), "Elsewhere alone.")

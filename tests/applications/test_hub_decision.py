"""Proposing, releasing and taking back: leads alone, places held, nothing shown before the release."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import Outcome, State
from applications.models import Application, Decision
from applications.services.letters import letter_of, letter_save, wording_save
from applications.services.selection import decision_propose, decision_release
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, DecisionFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> MathsHub:
    return MathsHubFactory()


@pytest.fixture
def lead(hub: MathsHub) -> User:
    return UserFactory(hub_lead=hub)


@pytest.fixture
def application(hub: MathsHub) -> Application:
    return ApplicationFactory(state=State.COMPLETE, hub=hub)


@pytest.fixture
def deciding(client: Client, lead: User) -> Client:
    client.force_login(lead)
    return client


def address(application: Application, name: str) -> str:
    return reverse(name, args=[application.hub.slug, application.reference])


def proposal(outcome: str = "offer", **texts: str) -> dict[str, str]:
    return {"outcome": outcome} | texts


def read(client: Client, application: Application) -> str:
    """The mark of the letter as its page shows it."""
    return client.get(address(application, "hub_release")).context["mark"]


def state_of(application: Application) -> str:
    return Application.objects.get(pk=application.pk).state


# Proposing


def test_offer_is_proposed_and_holds_a_place(deciding: Client, application: Application) -> None:
    response = deciding.post(
        address(application, "hub_decision"), proposal(feedback_offer="Well done", reason="Strongest"), follow=True
    )

    assertContains(response, "The applicant sees nothing of it until you release it")
    decision = application.decisions.get()
    assert (decision.outcome, decision.feedback, decision.reason) == (Outcome.OFFER, "Well done", "Strongest")
    assert state_of(application) == State.OFFER_PROPOSED
    assert HubPlaces.objects.get(hub=application.hub).taken == 1


def test_proposal_is_shown_to_no_applicant(deciding: Client, application: Application) -> None:
    deciding.post(address(application, "hub_decision"), proposal(reason="Strongest of all"))
    deciding.force_login(application.applicant)

    response = deciding.get(application.get_absolute_url())

    for secret in ("roposed", "Strongest of all", "Place offered"):
        assertNotContains(response, secret)
    assert not Email.objects.filter(kind__startswith="outcome").exists()


def test_unsuccessful_needs_feedback(deciding: Client, application: Application) -> None:
    response = deciding.post(address(application, "hub_decision"), proposal("unsuccessful", reason="Too little yet"))

    assertContains(response, "Write feedback for the applicant")
    assertContains(response, "Too little yet")
    assert state_of(application) == State.COMPLETE


def test_unsuccessful_is_proposed_with_its_own_feedback(deciding: Client, application: Application) -> None:
    """What was typed under another choice before is not what is kept."""
    texts = {"feedback_unsuccessful": "Show more work with colleagues", "feedback_offer": "Well done"}

    deciding.post(address(application, "hub_decision"), proposal("unsuccessful", **texts))

    assert application.decisions.get().feedback == "Show more work with colleagues"


def test_decision_without_outcome_is_refused(deciding: Client, application: Application) -> None:
    assertContains(deciding.post(address(application, "hub_decision"), {}), "Select what you propose")


def test_last_place_taken_is_an_error_that_loses_nothing(deciding: Client, hub: MathsHub) -> None:
    round = RoundFactory(complete=True)
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=1)
    ApplicationFactory(state=State.OFFER_PROPOSED, hub=hub, round=round)
    application = ApplicationFactory(state=State.COMPLETE, hub=hub, round=round)

    page = deciding.get(address(application, "hub_decision"))
    response = deciding.post(address(application, "hub_decision"), proposal(feedback_offer="Well done", reason="Best"))

    assertContains(page, "0 of 1 places left")
    for text in ("Your hub has no places left", "Well done", "Best"):
        assertContains(response, text)
    assert (state_of(application), application.decisions.count()) == (State.COMPLETE, 0)


def test_second_click_on_propose_gets_a_sentence(deciding: Client, application: Application) -> None:
    sent = proposal(feedback_offer="Well done")
    deciding.post(address(application, "hub_decision"), sent)

    response = deciding.post(address(application, "hub_decision"), sent, follow=True)

    assertRedirects(response, address(application, "hub_application"))
    assertContains(response, "Nothing was changed: this is now “offer proposed”")
    assert application.decisions.count() == 1


def test_slower_colleague_who_typed_nothing_gets_a_sentence(deciding: Client, hub: MathsHub) -> None:
    application = ApplicationFactory(state=State.UNSUCCESSFUL, hub=hub)

    response = deciding.post(address(application, "hub_decision"), proposal("reserve"), follow=True)

    assertRedirects(response, address(application, "hub_application"))
    assertContains(response, "Nothing was changed: this is now “unsuccessful”")


def test_slower_colleague_loses_nothing_typed(deciding: Client, application: Application) -> None:
    other = UserFactory(hub_lead=application.hub)
    decision_propose(application=application, by=other, outcome=Outcome.UNSUCCESSFUL, feedback="Not yet")
    decision_release(application=application, by=other)

    response = deciding.post(address(application, "hub_decision"), proposal(feedback_offer="A fine application"))

    assertContains(response, "Nothing was changed: this is now “unsuccessful”")
    assertContains(response, "A fine application")


def test_decision_page_offers_what_the_state_allows(deciding: Client, application: Application, lead: User) -> None:
    def offered() -> list[str]:
        form = deciding.get(address(application, "hub_decision")).context["form"]
        return [value for value, _ in form.fields["outcome"].choices]

    assert offered() == ["offer", "reserve", "unsuccessful"]
    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="")
    assert offered() == ["reserve", "unsuccessful"]


def test_decision_page_of_released_application_gets_a_sentence(deciding: Client, hub: MathsHub) -> None:
    application = ApplicationFactory(state=State.OFFERED, hub=hub)

    assertContains(
        deciding.get(address(application, "hub_decision"), follow=True),
        "Nothing was changed: this is now “place offered”",
    )


@pytest.mark.parametrize("role", ["hub_reviewer", "hub_administrator", "ncetm"])
@pytest.mark.parametrize("name", ["hub_decision", "hub_release", "hub_take_back"])
def test_deciding_is_refused_to_all_but_leads(client: Client, hub: MathsHub, role: str, name: str) -> None:
    application = ApplicationFactory(state=State.OFFER_PROPOSED, hub=hub)
    letter = letter_of(application, application.decisions.get(), at=clock.now())
    sent = proposal("reserve", reason="The interview") | {"letter": letter.mark}
    client.force_login(UserFactory(**{role: True if role == "ncetm" else hub}))

    assert client.get(address(application, name)).status_code == 403
    assert client.post(address(application, name), sent).status_code == 403
    assert state_of(application) == State.OFFER_PROPOSED
    client.force_login(UserFactory(hub_lead=hub))
    assert client.get(address(application, name)).status_code == 200
    assert client.post(address(application, name), sent).status_code == 302
    assert state_of(application) != State.OFFER_PROPOSED


@pytest.mark.parametrize("name", ["hub_decision", "hub_release", "hub_take_back", "hub_review"])
def test_deciding_at_another_hub_is_not_found(client: Client, hub: MathsHub, name: str) -> None:
    application = ApplicationFactory(state=State.OFFER_PROPOSED, hub=hub)
    other = MathsHubFactory()
    client.force_login(UserFactory(hub_lead=other))

    assert client.get(address(application, name)).status_code == 404
    assert client.post(reverse(name, args=[other.slug, application.reference])).status_code == 404


# Releasing


@pytest.mark.parametrize(
    ("outcome", "kind", "state"),
    [
        (Outcome.OFFER, "outcome_offer", State.OFFERED),
        (Outcome.RESERVE, "outcome_reserve", State.RESERVED),
        (Outcome.UNSUCCESSFUL, "outcome_unsuccessful", State.UNSUCCESSFUL),
    ],
)
def test_release_sends_the_letter_that_was_shown(
    deciding: Client, application: Application, lead: User, outcome: Outcome, kind: str, state: str, time_machine: Any
) -> None:
    time_machine.move_to("2027-05-10 12:00:00+01:00", tick=False)
    deciding.force_login(lead)
    decision_propose(application=application, by=lead, outcome=outcome, feedback="First.\n\nSecond *part*.")

    page = deciding.get(address(application, "hub_release"))
    shown = page.context["letter"]
    response = deciding.post(address(application, "hub_release"), {"letter": page.context["mark"]}, follow=True)

    assertContains(response, f"We have written to {application.applicant}")
    sent = Email.objects.get(kind=kind)
    assert (sent.subject, sent.text) == (shown.subject, shown.text)
    assert "Second *part*." in sent.text
    assert state_of(application) == state


def test_release_twice_gets_a_sentence(deciding: Client, application: Application, lead: User) -> None:
    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="")
    sent = {"letter": read(deciding, application)}
    deciding.post(address(application, "hub_release"), sent)

    response = deciding.post(address(application, "hub_release"), sent, follow=True)

    assertContains(response, "There is no proposed decision to release")
    assert Email.objects.filter(kind="outcome_offer").count() == 1


def test_release_of_a_proposal_changed_meanwhile_is_refused(
    deciding: Client, application: Application, lead: User
) -> None:
    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="")
    sent = {"letter": read(deciding, application)}
    again = {"outcome": Outcome.UNSUCCESSFUL, "feedback": "Not yet", "reason": "The interview"}
    decision_propose(application=application, by=lead, **again)

    response = deciding.post(address(application, "hub_release"), sent, follow=True)

    assertContains(response, "has changed since you read it")
    assert state_of(application) == State.UNSUCCESSFUL_PROPOSED


@pytest.mark.parametrize("changed", ["the hub’s words", "the letter", "the name"])
def test_release_of_a_letter_that_reads_otherwise_by_now_is_refused(
    deciding: Client, application: Application, lead: User, changed: str
) -> None:
    decision = decision_propose(application=application, by=lead, outcome=Outcome.RESERVE, feedback="")
    sent = {"letter": read(deciding, application)}
    if changed == "the hub’s words":
        told = {"round": application.round, "hub": application.hub, "outcome": Outcome.RESERVE}
        wording_save(by=lead, text="We hope to work with you", **told)
    elif changed == "the letter":
        letter_save(application=application, by=lead, decision=decision.pk, text="Only for you")
    else:
        User.objects.filter(pk=application.applicant_id).update(first_name="Another")

    refused = deciding.post(address(application, "hub_release"), sent, follow=True)

    assertContains(refused, "Read the new letter first")
    assert (state_of(application), Email.objects.count()) == (State.RESERVE_PROPOSED, 0)
    deciding.post(address(application, "hub_release"), {"letter": read(deciding, application)})
    assert state_of(application) == State.RESERVED


def test_release_that_names_no_letter_is_refused(deciding: Client, application: Application, lead: User) -> None:
    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="")

    response = deciding.post(address(application, "hub_release"), follow=True)

    assertContains(response, "Read the new letter first")
    assert state_of(application) == State.OFFER_PROPOSED


def test_release_refused_by_the_service_gets_a_sentence(deciding: Client, application: Application) -> None:
    """The state left the proposal while the page was read."""
    decision = DecisionFactory(application=application)

    response = deciding.post(address(application, "hub_release"), {"letter": f"{decision.pk}-abc"}, follow=True)

    assertContains(response, "Nothing was changed: this is now “with the hub”")
    assert not Email.objects.exists()


def test_release_by_get_releases_nothing(deciding: Client, application: Application, lead: User) -> None:
    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="")

    deciding.get(address(application, "hub_release"))

    assert (state_of(application), Email.objects.count()) == (State.OFFER_PROPOSED, 0)


def test_release_of_nothing_proposed_gets_a_sentence(deciding: Client, application: Application) -> None:
    response = deciding.get(address(application, "hub_release"), follow=True)

    assertContains(response, "Nothing was changed: this is now “with the hub”")


# Taking back


def test_take_back_frees_the_place(deciding: Client, application: Application, lead: User) -> None:
    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="")

    assertContains(deciding.get(address(application, "hub_take_back")), "Take the proposal back?")
    deciding.post(address(application, "hub_take_back"), {"reason": "Wrong person"})

    assert state_of(application) == State.COMPLETE
    assert HubPlaces.objects.get(hub=application.hub).taken == 0
    assert not Decision.objects.filter(closed_at=None).exists()


def test_take_back_leaves_one_on_the_reserve_list_there(deciding: Client, application: Application, lead: User) -> None:
    for outcome in (Outcome.RESERVE, Outcome.OFFER):
        decision_propose(application=Application.objects.get(pk=application.pk), by=lead, outcome=outcome, feedback="")
        if outcome == Outcome.RESERVE:
            decision_release(application=application, by=lead)

    assertContains(deciding.get(address(application, "hub_take_back")), "stays on the reserve list")
    deciding.post(address(application, "hub_take_back"), {"reason": ""})

    assert state_of(application) == State.RESERVED


def test_take_back_twice_gets_a_sentence(deciding: Client, application: Application, lead: User) -> None:
    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="")
    deciding.post(address(application, "hub_take_back"), {"reason": ""})

    response = deciding.post(address(application, "hub_take_back"), {"reason": ""}, follow=True)

    assertContains(response, "Nothing was changed")

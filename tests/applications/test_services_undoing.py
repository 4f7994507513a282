"""A letter that was sent in error is taken back within a day; an offer never is."""

from datetime import timedelta

import pytest

from applications.enums import Outcome, State
from applications.models import Application
from applications.services.selection import decision_propose, decision_release
from applications.services.undoing import decision_undo
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def application():
    return ApplicationFactory(state=State.COMPLETE, ready=True)


@pytest.fixture
def lead(application):
    return UserFactory(hub_lead=application.hub)


def released(application: Application, lead, outcome: Outcome):
    decision_propose(application=application, by=lead, outcome=outcome, feedback="Your evidence was strong.")
    return decision_release(application=application, by=lead)


def refused(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


@pytest.mark.parametrize("outcome", [Outcome.RESERVE, Outcome.UNSUCCESSFUL])
def test_letter_taken_back_is_told_of_and_the_application_is_with_the_hub_again(application, lead, outcome) -> None:
    decision = released(application, lead, outcome)

    undone = decision_undo(application=application, by=lead, reason="Two names were mixed up.", read=decision.pk)

    application.refresh_from_db()
    assert (application.state, application.shown_state) == (State.COMPLETE, State.COMPLETE)
    assert (undone.undone_by, undone.undo_reason) == (lead, "Two names were mixed up.")
    assert "Two names were mixed up." in Email.objects.get(kind="decision_undone").text
    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="")
    assert decision_release(application=application, by=lead).offer


def test_offer_is_not_taken_back(application, lead) -> None:
    released(application, lead, Outcome.OFFER)

    with refused("stale"):
        decision_undo(application=application, by=lead, reason="Wrong person")


def test_letter_stands_after_a_day(application, lead, time_machine) -> None:
    at = released(application, lead, Outcome.RESERVE).released_at
    time_machine.move_to(at + timedelta(hours=24), tick=False)
    with refused("barred"):
        decision_undo(application=application, by=lead, reason="Wrong person")

    time_machine.move_to(at + timedelta(hours=24) - timedelta(microseconds=1), tick=False)

    assert decision_undo(application=application, by=lead, reason="Wrong person").undone_at == clock.now()


def test_letter_stands_once_the_applicant_has_begun_anew(application, lead) -> None:
    released(application, lead, Outcome.UNSUCCESSFUL)
    again = ApplicationFactory(applicant=application.applicant, round=application.round)
    with refused("barred"):
        decision_undo(application=application, by=lead, reason="Wrong person")
    assert Email.objects.filter(kind="decision_undone").count() == 0

    Application.objects.filter(pk=again.pk).update(state=State.EXPIRED, shown_state=State.EXPIRED)

    assert decision_undo(application=application, by=lead, reason="Wrong person").undone_at


def test_letter_is_taken_back_once_and_for_a_reason(application, lead) -> None:
    decision = released(application, lead, Outcome.RESERVE)
    with refused("reason-missing"):
        decision_undo(application=application, by=lead, reason=" ")
    with refused("replaced"):
        decision_undo(application=application, by=lead, reason="Wrong", read=decision.pk + 1)
    decision_undo(application=application, by=lead, reason="Wrong")

    with refused("stale"):
        decision_undo(application=application, by=lead, reason="Wrong")
    assert Email.objects.filter(kind="decision_undone").count() == 1


@pytest.mark.parametrize("role", ["hub_reviewer", "hub_administrator"])
def test_only_a_lead_takes_a_letter_back(application, lead, role) -> None:
    released(application, lead, Outcome.RESERVE)

    with refused("not-allowed"):
        decision_undo(application=application, by=UserFactory(**{role: application.hub}), reason="Wrong")

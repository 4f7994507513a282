"""What the engine of every life cycle (rule 1) moves, writes and refuses, shown on an application."""

import pytest

from applications.enums import Action, State
from applications.models import Application, ApplicationEvent
from applications.services.engines import APPLICATION
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def application() -> Application:
    return ApplicationFactory(state=State.COMPLETE)


@pytest.fixture
def lead(application) -> User:
    return UserFactory(hub_lead=application.hub)


def test_move_writes_state_further_fields_and_event(application, lead, time_machine) -> None:
    time_machine.move_to(clock.now(), tick=False)

    moved, event = APPLICATION.move(
        application, Action.WITHDRAW, by=application.applicant, reason="A new school", job_title="Year 4 teacher"
    )

    application.refresh_from_db()
    assert moved == application
    assert (moved.state, moved.shown_state, moved.job_title) == (State.WITHDRAWN, State.WITHDRAWN, "Year 4 teacher")
    assert (application.state, application.shown_state, application.job_title) == (
        State.WITHDRAWN,
        State.WITHDRAWN,
        "Year 4 teacher",
    )
    assert event == application.events.get()
    assert (event.action, event.from_state, event.to_state) == (Action.WITHDRAW, State.COMPLETE, State.WITHDRAWN)
    assert (event.by, event.reason, event.at) == (application.applicant, "A new school", clock.now())


@pytest.mark.parametrize(
    ("action", "code", "sentence"),
    [
        (Action.RELEASE_OFFER, "stale", "Nothing was changed: this is now “with the hub”"),
        (Action.SUBMIT, "stale", "Nothing was changed: this is now “with the hub”"),  # though not theirs either
        (Action.WITHDRAW, "not-allowed", "You do not have permission to do this."),
        (Action.PROPOSE_OFFER, "barred", "Say first which school this is"),
    ],
)
def test_refusal_says_why_and_writes_nothing(action, code, sentence) -> None:
    application = ApplicationFactory(state=State.COMPLETE, unlisted=True)
    before = Application.objects.values().get(pk=application.pk)

    with pytest.raises(DomainError) as refusal:
        APPLICATION.move(application, action, by=UserFactory(hub_lead=application.hub))

    assert (refusal.value.code, refusal.value.message.startswith(sentence)) == (code, True)
    assert Application.objects.values().get(pk=application.pk) == before
    assert not ApplicationEvent.objects.exists()


def test_what_the_row_is_now_counts_and_not_what_was_read(application, lead) -> None:
    read = Application.objects.get(pk=application.pk)
    APPLICATION.move(application, Action.PROPOSE_RESERVE, by=lead)

    with pytest.raises(DomainError, check=lambda refusal: refusal.code == "stale"):
        APPLICATION.move(read, Action.PROPOSE_RESERVE, by=lead)
    assert APPLICATION.move(read, Action.RELEASE_RESERVE, by=lead)[0].state == State.RESERVED


@pytest.mark.parametrize(("unlisted", "barred"), [(False, set()), (True, {Action.PROPOSE_OFFER})])
def test_what_is_available_is_what_a_move_would_allow(unlisted, barred) -> None:
    application = ApplicationFactory(state=State.COMPLETE, unlisted=unlisted)
    lead = UserFactory(hub_lead=application.hub)
    proposals = [Action.PROPOSE_OFFER, Action.PROPOSE_RESERVE, Action.PROPOSE_UNSUCCESSFUL]

    assert APPLICATION.available(application, lead) == [action for action in proposals if action not in barred]
    assert APPLICATION.available(application, application.applicant) == [Action.WITHDRAW]
    assert APPLICATION.available(application, UserFactory()) == []

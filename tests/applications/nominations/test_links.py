"""A nomination's link: sent again, corrected, and ended by another address."""

from collections.abc import Callable
from typing import Any

import pytest

from applications.enums import NominationState
from applications.models.nominations import BETWEEN_SENDINGS
from applications.services.nominations import nomination_correct, nomination_send_again
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.references import token_hash
from mastery_hub.messaging.models import Email
from tests.applications.nominations.steps import refused, told
from tests.factories.accounts import UserFactory
from tests.factories.applications import ExtensionFactory, NominationFactory

pytestmark = pytest.mark.django_db


def test_link_is_sent_again_after_five_days(time_machine: Any) -> None:
    made = NominationFactory()
    by, old = made.nominated_by, made.token_hash

    refused(lambda: nomination_send_again(nomination=made, by=by, at=clock.now()), "too-soon")
    time_machine.move_to(made.sent_at + BETWEEN_SENDINGS, tick=False)
    refused(lambda: nomination_send_again(nomination=made, by=UserFactory(), at=clock.now()), "not-allowed")
    email = nomination_send_again(nomination=made, by=by, at=clock.now())

    made.refresh_from_db()
    assert (email.kind, email.to, made.token_hash != old, made.sent_at) == (
        "nomination_reminder",
        made.email,
        True,
        clock.now(),
    )
    refused(lambda: nomination_send_again(nomination=made, by=by, at=clock.now()), "too-soon")


def test_another_address_gets_a_link_and_the_old_one_dies() -> None:
    made = NominationFactory(token="old")
    by = made.nominated_by
    names = {"first_name": "Samuel", "last_name": "Okoro"}

    nomination_correct(nomination=made, by=by, at=clock.now(), email="right@school.example", **names)

    made.refresh_from_db()
    assert (made.full_name, made.email, made.token_hash == token_hash("old")) == (
        "Samuel Okoro",
        "right@school.example",
        False,
    )
    assert told("nomination_invited") == ["right@school.example"]


def test_time_is_that_of_the_new_address() -> None:
    """More time was given to whoever has the address before."""
    teacher = UserFactory()
    made = NominationFactory(email=teacher.email)
    given = ExtensionFactory(round=made.round, hub=None, applicant=teacher)
    late = {"nomination": made, "by": made.nominated_by, "at": made.round.closes_at}
    names = {"first_name": "Sam", "last_name": "Oko"}

    refused(lambda: nomination_correct(**late, **names, email="other@school.example"), "closed")
    nomination_correct(**late, **names, email=made.email)
    assert given.closes_at > made.round.closes_at


def test_name_alone_is_put_right_without_a_letter() -> None:
    made = NominationFactory(token="same")

    nomination_correct(
        nomination=made, by=made.nominated_by, at=clock.now(), first_name="Samuel", last_name="Oko", email=made.email
    )

    made.refresh_from_db()
    assert (made.full_name, made.token_hash, Email.objects.count()) == ("Samuel Oko", token_hash("same"), 0)


def test_address_is_corrected_to_no_ones_own_and_to_nobody_nominated() -> None:
    made = NominationFactory()
    other = NominationFactory(round=made.round)
    names = {"first_name": "Sam", "last_name": "Okoro"}

    def correct(email: str, by: User = made.nominated_by) -> Callable[[], object]:
        return lambda: nomination_correct(nomination=made, by=by, at=clock.now(), email=email, **names)

    refused(correct(made.nominated_by.email), "own-address")
    refused(correct(other.email), "already-nominated")
    refused(correct("free@school.example", by=UserFactory()), "not-allowed")
    correct("free@school.example")()


@pytest.mark.parametrize("state", [s for s in NominationState if s != NominationState.INVITED])
def test_what_is_answered_or_ended_is_changed_no_more(state: str, time_machine: Any) -> None:
    made = NominationFactory(state=state)
    time_machine.move_to(made.sent_at + BETWEEN_SENDINGS, tick=False)
    change = {"nomination": made, "by": made.nominated_by, "at": clock.now()}

    refused(lambda: nomination_send_again(**change), "stale")
    refused(lambda: nomination_correct(**change, first_name="A", last_name="B", email="b@school.example"), "stale")


def test_nothing_is_sent_again_once_the_round_has_closed(time_machine: Any) -> None:
    made = NominationFactory()
    change = {"nomination": made, "by": made.nominated_by}

    refused(lambda: nomination_send_again(**change, at=made.round.closes_at), "closed")

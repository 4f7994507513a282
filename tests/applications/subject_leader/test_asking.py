"""The subject leader is asked besides the headteacher, where the round says so."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.asserts import assertNotContains

from applications.models import Application
from applications.models.support import BETWEEN_REMINDERS
from applications.services.support import support_remind, support_request
from mastery_hub.common import clock
from mastery_hub.common.references import token_hash
from tests.applications.applicants import url
from tests.applications.subject_leader.steps import OWEN, ask, refused, sent
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory, SubjectLeaderSupportFactory

pytestmark = pytest.mark.django_db


def test_applicant_asks_their_subject_leader(draft: Application) -> None:
    support = ask(draft, email=" Owen@School.example")

    assert (support.state, support.email, support.role_words) == ("requested", "owen@school.example", "head of maths")
    assert sent("leader_requested") == ["owen@school.example"]


def test_round_that_asks_for_none_has_no_subject_leader(client: Client) -> None:
    other = ApplicationFactory()
    refused(lambda: ask(other), "not-asked")
    client.force_login(other.applicant)
    assert client.get(url(other, "subject_leader")).status_code == 404
    assertNotContains(client.get(url(other)), "Your subject leader")


@pytest.mark.parametrize(
    ("changed", "code"), [({"role": " "}, "role-missing"), ({"by": None}, "not-editable"), ({"at": None}, "closed")]
)
def test_what_is_refused_and_what_is_not(draft: Application, changed: dict[str, Any], code: str) -> None:
    if "by" in changed:
        changed = {"by": UserFactory()}
    if "at" in changed:
        changed = {"at": draft.support_closes_at}
    refused(lambda: ask(draft, **changed), code)
    ask(draft)


def test_school_comes_first() -> None:
    nowhere = ApplicationFactory(round__asks_subject_leader=True, placed=False)
    refused(lambda: ask(nowhere), "school-first")


def test_subject_leader_is_neither_the_applicant_nor_the_headteacher(draft: Application) -> None:
    refused(lambda: ask(draft, email=draft.applicant.email), "own-address")
    head = HeadteacherSupportFactory(application=draft)
    refused(lambda: ask(draft, email=head.email), "same-person")
    ask(draft)

    names = {"first_name": "Owen", "last_name": "Fairbank", "email": OWEN["email"]}
    refused(lambda: support_request(application=draft, by=draft.applicant, at=clock.now(), **names), "same-person")


def test_another_one_ends_the_first_request(draft: Application) -> None:
    first = ask(draft)
    refused(lambda: ask(draft), "already-asked")
    ask(draft, email="other@school.example")

    first.refresh_from_db()
    assert first.state == "cancelled"


def test_signed_support_is_not_asked_for_again(draft: Application) -> None:
    SubjectLeaderSupportFactory(application=draft, state="signed")
    refused(lambda: ask(draft), "already-signed")


def test_many_requests_in_an_hour_are_too_many(draft: Application) -> None:
    for number in range(5):
        ask(draft, email=f"leader{number}@school.example")
    refused(lambda: ask(draft), "too-many")


def test_reminder_goes_once_in_five_days(draft: Application, time_machine: Any) -> None:
    support = SubjectLeaderSupportFactory(application=draft, token="old")
    remind = {"support": support, "by": draft.applicant}
    support_remind(**remind, at=clock.now())

    support.refresh_from_db()
    assert (sent("leader_reminder"), support.former_token_hash) == ([support.email], token_hash("old"))
    refused(lambda: support_remind(**remind, at=clock.now()), "too-soon")
    time_machine.move_to(clock.now() + BETWEEN_REMINDERS)
    refused(lambda: support_remind(support=support, by=UserFactory(), at=clock.now()), "stale")
    support_remind(**remind, at=clock.now())

"""An email to a headteacher that came back: its applicant hears of it once, and only while it is the newest."""

import pytest

from applications.enums import State, SupportState
from applications.models import HeadteacherSupport
from applications.reminders import headteacher_undelivered
from mastery_hub.messaging.models import Email, Reminder
from mastery_hub.messaging.reminders import reminders_plan, reminders_send
from tests.factories.applications import HeadteacherSupportFactory
from tests.factories.messaging import EmailFactory

pytestmark = pytest.mark.django_db


def came_back(state: str = SupportState.REQUESTED, **kwargs) -> HeadteacherSupport:
    support = HeadteacherSupportFactory(state=state, **kwargs)
    EmailFactory(about=support, bounced=True)
    return support


def told() -> list[str]:
    reminders_plan()
    reminders_send()
    return sorted(Email.objects.filter(kind="support_undelivered").values_list("to", flat=True))


def test_applicant_is_told_once_for_each_email_that_came_back() -> None:
    support = came_back()
    applicant = support.application.applicant.email

    assert (told(), told()) == ([applicant], [applicant])

    EmailFactory(about=support, status="failed")
    assert told() == [applicant, applicant]


def test_email_that_arrived_since_leaves_nothing_to_tell() -> None:
    support = came_back()
    reminders_plan()
    EmailFactory(about=support, sent=True)

    assert reminders_send() == 0
    assert not Reminder.objects.filter(kind="headteacher_undelivered", state="sent").exists()


@pytest.mark.parametrize(
    ("state", "application", "count"),
    [
        (SupportState.OPENED, State.SUBMITTED, 1),
        (SupportState.SIGNED, State.COMPLETE, 0),
        (SupportState.CANCELLED, State.DRAFT, 0),
        (SupportState.REQUESTED, State.WITHDRAWN, 0),
    ],
)
def test_only_who_still_waits_is_told(state: str, application: str, count: int) -> None:
    came_back(state, application__state=application)

    assert len(told()) == count


def test_what_went_out_or_waits_is_no_reason_to_tell() -> None:
    EmailFactory(about=HeadteacherSupportFactory(), sent=True)
    EmailFactory(about=HeadteacherSupportFactory())
    EmailFactory(bounced=True)

    assert told() == []


def test_many_are_found_in_as_many_queries_as_one(django_assert_num_queries) -> None:
    came_back()
    list(headteacher_undelivered.plan())  # which kinds of row there are is then known
    for _ in range(5):
        came_back()

    with django_assert_num_queries(2):
        assert len(list(headteacher_undelivered.plan())) == 6

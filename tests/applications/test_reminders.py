"""Draft unfinished: when it is due, whom it reaches, what it says, and that it comes once."""

from datetime import datetime, timedelta

import pytest

from applications.enums import State
from applications.services.applications import application_withdraw
from mastery_hub.common.clock import LONDON
from mastery_hub.messaging.models import Email, Reminder
from mastery_hub.messaging.reminders import reminders_plan, reminders_send
from tests.factories.applications import ApplicationFactory, RoundFactory

pytestmark = pytest.mark.django_db
OPENS = datetime(2027, 3, 1, 9, tzinfo=LONDON)
CLOSES = datetime(2027, 3, 30, 17, tzinfo=LONDON)  # two days after the clocks go forward


@pytest.fixture
def draft(time_machine):
    time_machine.move_to(OPENS, tick=False)
    return ApplicationFactory(round=RoundFactory(complete=True, opens_at=OPENS, closes_at=CLOSES))


def test_reminders_are_planned_by_london_days(draft) -> None:
    reminders_plan()
    assert [r.due_at for r in Reminder.objects.all()] == [
        datetime(2027, 3, day, 9, tzinfo=LONDON) for day in (16, 23, 27, 29)
    ]


def test_planning_twice_changes_nothing(draft) -> None:
    reminders_plan()
    before = list(Reminder.objects.values_list("key", "due_at", "state"))
    reminders_plan()
    assert list(Reminder.objects.values_list("key", "due_at", "state")) == before


def test_reminder_says_what_is_missing_and_comes_once(draft, time_machine) -> None:
    reminders_plan()
    time_machine.move_to(datetime(2027, 3, 23, 9, tzinfo=LONDON), tick=False)
    reminders_plan()
    assert reminders_send() == 1
    assert reminders_send() == 0
    email = Email.objects.get()
    assert (email.kind, email.to) == ("application_draft_unfinished", draft.applicant.email)
    assert "Enter your role" in email.text
    assert email.subject == "7 days left to finish your application"


def test_deadline_moved_moves_the_reminders(draft) -> None:
    reminders_plan()
    draft.round.closes_at = CLOSES + timedelta(days=7)
    draft.round.save()
    reminders_plan()
    assert [r.due_at.astimezone(LONDON).day for r in Reminder.objects.filter(state="planned")] == [23, 30, 3, 5]


def test_finished_draft_is_left_alone(draft, time_machine) -> None:
    reminders_plan()
    application_withdraw(application=draft, by=draft.applicant, reason="")
    Email.objects.all().delete()
    time_machine.move_to(CLOSES - timedelta(hours=1), tick=False)
    assert reminders_send() == 0
    assert not Email.objects.exists()


def test_submitted_applications_are_not_reminded(draft) -> None:
    ApplicationFactory(round=draft.round, state=State.SUBMITTED)
    reminders_plan()
    assert set(Reminder.objects.values_list("recipient", flat=True)) == {draft.applicant.pk}


def test_planning_takes_constant_queries(draft, django_assert_num_queries, django_assert_max_num_queries) -> None:
    reminders_plan()
    Reminder.objects.all().delete()
    with django_assert_max_num_queries(12) as one:
        reminders_plan()
    ApplicationFactory.create_batch(29, round=draft.round)
    Reminder.objects.all().delete()
    with django_assert_num_queries(len(one)):
        reminders_plan()
    assert Reminder.objects.count() == 4 * 30

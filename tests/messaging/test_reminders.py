"""Planned as often as you like, sent once: rows with a key."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command

from mastery_hub.common import clock
from mastery_hub.messaging import reminders
from mastery_hub.messaging.enums import ReminderState
from mastery_hub.messaging.models import Email, Reminder
from mastery_hub.messaging.reminders import Planned, ReminderKind, reminders_plan, reminders_send
from mastery_hub.messaging.services import email_queue
from tests.factories.accounts import UserFactory
from tests.factories.messaging import EmailFactory
from tests.threads import together

pytestmark = pytest.mark.django_db


class Birthdays:
    """A kind of reminder whose wishes the test changes."""

    def __init__(self) -> None:
        self.wanted: list[Planned] = []
        self.gone: set[int] = set()
        self.broken: set[int] = set()

    def send(self, reminder: Reminder) -> Email:
        if reminder.recipient_id in self.broken:
            raise RuntimeError("cannot be written")
        return email_queue(kind="sign_in_code", to=reminder.recipient.email, context={}, secrets={"code": "1"})

    def still_wanted(self, reminder: Reminder) -> bool:
        return reminder.recipient_id not in self.gone

    def want(self, person, days: int) -> None:
        due_at = clock.now() + timedelta(days=days)
        self.wanted.append(Planned(target=person, recipient_id=person.pk, due_at=due_at))


@pytest.fixture
def birthdays(monkeypatch) -> Birthdays:
    ours = Birthdays()
    kind = ReminderKind("birthday", plan=lambda: ours.wanted, still_wanted=ours.still_wanted, send=ours.send)
    monkeypatch.setattr(reminders, "_kinds", {"birthday": kind})
    return ours


def states() -> list[str]:
    return list(Reminder.objects.order_by("pk").values_list("state", flat=True))


def test_target_that_says_itself_to_whom_needs_no_person(birthdays, monkeypatch) -> None:
    person = UserFactory()
    birthdays.wanted = [Planned(target=person, recipient_id=None, due_at=clock.now())]
    kind = ReminderKind(
        "birthday",
        plan=lambda: birthdays.wanted,
        still_wanted=birthdays.still_wanted,
        send=lambda reminder: EmailFactory(to=reminder.target.email),
    )
    monkeypatch.setattr(reminders, "_kinds", {"birthday": kind})

    for _ in range(2):
        reminders_plan()

    assert (reminders_send(), reminders_send()) == (1, 0)
    assert (Email.objects.get().to, Reminder.objects.get().recipient) == (person.email, None)


def test_planning_twice_makes_one_row(birthdays) -> None:
    birthdays.want(UserFactory(), days=2)

    reminders_plan()
    reminders_plan()

    assert states() == [ReminderState.PLANNED]
    assert Reminder.objects.get().due_at == birthdays.wanted[0].due_at


def test_planning_moves_cancels_and_revives(birthdays) -> None:
    ann, ben = UserFactory(), UserFactory()
    birthdays.want(ann, days=2)
    birthdays.want(ben, days=2)
    reminders_plan()

    birthdays.wanted = []
    birthdays.want(ann, days=5)
    reminders_plan()
    moved, dropped = Reminder.objects.order_by("pk")
    assert (moved.state, moved.due_at) == (ReminderState.PLANNED, birthdays.wanted[0].due_at)
    assert dropped.state == ReminderState.CANCELLED

    birthdays.want(ben, days=6)
    reminders_plan()
    assert states() == [ReminderState.PLANNED, ReminderState.PLANNED]


def test_planning_leaves_what_was_sent(birthdays) -> None:
    birthdays.want(UserFactory(), days=0)
    reminders_plan()
    assert reminders_send() == 1

    birthdays.wanted = [Planned(birthdays.wanted[0].target, birthdays.wanted[0].recipient_id, clock.now())]
    reminders_plan()
    birthdays.wanted = []
    reminders_plan()

    assert states() == [ReminderState.SENT]
    assert reminders_send() == 0


@pytest.mark.parametrize("people", [1, 30])
def test_planning_asks_a_constant_number_of_queries(birthdays, people, django_assert_num_queries) -> None:
    for person in UserFactory.create_batch(people):
        birthdays.want(person, days=1)
    reminders_plan()
    moved = [Planned(each.target, each.recipient_id, each.due_at + timedelta(days=1)) for each in birthdays.wanted]
    birthdays.wanted = moved

    with django_assert_num_queries(5):
        reminders_plan()


def test_reminder_is_sent_when_it_is_due_and_not_before(birthdays) -> None:
    with time_machine.travel(clock.now(), tick=False) as moved:
        birthdays.want(UserFactory(), days=2)
        reminders_plan()
        due_at = Reminder.objects.get().due_at

        moved.move_to(due_at - timedelta(microseconds=1))
        assert reminders_send() == 0
        moved.move_to(due_at)
        assert reminders_send() == 1
        assert reminders_send() == 0

    reminder = Reminder.objects.get()
    assert (reminder.state, reminder.email) == (ReminderState.SENT, Email.objects.get())


def test_reminder_no_longer_wanted_is_cancelled_at_the_door(birthdays) -> None:
    stays, leaves = UserFactory(), UserFactory()
    birthdays.want(stays, days=0)
    birthdays.want(leaves, days=0)
    reminders_plan()
    birthdays.gone = {leaves.pk}

    assert reminders_send() == 1

    assert states() == [ReminderState.SENT, ReminderState.CANCELLED]
    assert Email.objects.get().to == stays.email


def test_reminder_that_fails_holds_nobody_up(birthdays) -> None:
    bad, good = UserFactory(), UserFactory()
    birthdays.want(bad, days=-1)
    birthdays.want(good, days=0)
    reminders_plan()
    birthdays.broken = {bad.pk}

    assert reminders_send() == 1
    assert states() == [ReminderState.PLANNED, ReminderState.SENT]

    birthdays.broken = set()
    assert reminders_send() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_reminder_once(birthdays) -> None:
    for person in UserFactory.create_batch(8):
        birthdays.want(person, days=0)
    reminders_plan()

    sent = together(reminders_send, reminders_send)

    assert sum(sent) == 8
    assert Email.objects.count() == 8


@pytest.mark.django_db(transaction=True)
def test_two_planners_make_each_row_once(birthdays) -> None:
    for person in UserFactory.create_batch(8):
        birthdays.want(person, days=1)

    together(reminders_plan, reminders_plan)

    assert states() == [ReminderState.PLANNED] * 8


def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "messaging", "accounts", "--check", "--dry-run", verbosity=0)


def test_kind_that_cannot_be_planned_stops_no_other(birthdays, monkeypatch, caplog) -> None:
    def faulty() -> list[Planned]:
        raise RuntimeError("a fault of its own")

    birthdays.want(UserFactory(), 1)
    broken = ReminderKind("broken", plan=faulty, still_wanted=birthdays.still_wanted, send=birthdays.send)
    monkeypatch.setattr(reminders, "_kinds", {"broken": broken, **reminders._kinds})

    reminders_plan()

    assert states() == [ReminderState.PLANNED]
    assert "Reminders broken could not be planned" in caplog.text

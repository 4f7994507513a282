from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command

from mastery_hub.common import clock
from mastery_hub.messaging.enums import EmailStatus, ReminderState
from mastery_hub.messaging.holding import emails_hold
from mastery_hub.messaging.models import Email, Reminder
from mastery_hub.messaging.reminders import ReminderKind, _kinds
from mastery_hub.messaging.services import emails_send
from tests.factories.messaging import EmailFactory, ReminderFactory

pytestmark = pytest.mark.django_db


def statuses() -> dict[str, str]:
    return dict(Email.objects.values_list("kind", "status"))


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("held_emails", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def waiting() -> None:
    EmailFactory(kind="queued")
    EmailFactory(kind="sending", status=EmailStatus.SENDING, claimed_until=clock.now(), attempts=3)
    EmailFactory(kind="code", urgent=True, secrets=b"sealed")
    EmailFactory(kind="sent", status=EmailStatus.SENT, sent_at=clock.now())
    EmailFactory(kind="failed", status=EmailStatus.FAILED)


def test_what_waits_is_held_and_what_is_settled_stays(waiting: None) -> None:
    assert emails_hold() == 2
    assert statuses() == {"queued": "held", "sending": "held", "code": "failed", "sent": "sent", "failed": "failed"}
    assert emails_send() == 0
    assert mail.outbox == []


def test_reminder_that_came_due_is_held_as_an_email(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was probably sent after the backup: the worker would send it again."""
    kind = ReminderKind("nudge", plan=list, still_wanted=lambda row: True, send=lambda row: EmailFactory(kind="nudge"))
    monkeypatch.setitem(_kinds, "nudge", kind)
    due = ReminderFactory(kind="nudge")
    later = ReminderFactory(kind="nudge", due_at=clock.now() + timedelta(days=1))

    assert emails_hold() == 1

    assert statuses() == {"nudge": "held"}
    assert Reminder.objects.get(pk=due.pk).state == ReminderState.SENT
    assert Reminder.objects.get(pk=later.pk).state == ReminderState.PLANNED


def test_held_emails_are_listed_by_kind(waiting: None) -> None:
    emails_hold()

    lines = told().splitlines()

    assert [line.split(",")[0].split() for line in lines] == [["1", "queued"], ["1", "sending"], ["2", "in", "all"]]
    assert Email.objects.filter(status=EmailStatus.HELD).count() == 2


def test_held_emails_go_when_told(waiting: None) -> None:
    emails_hold()

    assert told("--send") == "2 queued.\n"
    assert emails_send() == 2
    assert statuses() == {"queued": "sent", "sending": "sent", "code": "failed", "sent": "sent", "failed": "failed"}


def test_held_emails_are_dropped_when_told_and_say_why(waiting: None) -> None:
    emails_hold()

    assert told("--drop") == "2 dropped.\n"
    assert emails_send() == 0
    assert set(Email.objects.filter(kind__in=["queued", "sending"]).values_list("status", "error")) == {
        ("failed", "Dropped after the database was restored")
    }

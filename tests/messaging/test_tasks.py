"""What beat calls, without a worker: tests.fault runs one."""

import pytest

from mastery_hub.common import clock
from mastery_hub.messaging import reminders
from mastery_hub.messaging.enums import EmailStatus, ReminderState
from mastery_hub.messaging.models import Email, Heartbeat, Reminder
from mastery_hub.messaging.tasks import emails_send, reminders_plan, reminders_send
from tests.factories.accounts import UserFactory
from tests.factories.messaging import EmailFactory

pytestmark = pytest.mark.django_db


def test_emails_are_sent_and_the_sender_is_heard_of() -> None:
    email = EmailFactory()

    emails_send(by_beat=True)

    email.refresh_from_db()
    assert email.status == EmailStatus.SENT
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"worker", "beat"}


def test_reminders_are_planned_and_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    user = UserFactory()
    kind = reminders.ReminderKind(
        "hello",
        plan=lambda: [reminders.Planned(target=user, recipient_id=user.pk, due_at=clock.now())],
        still_wanted=lambda reminder: True,
        send=lambda reminder: EmailFactory(to=reminder.recipient.email),
    )
    monkeypatch.setattr(reminders, "_kinds", {})
    reminders.register(kind)

    reminders_plan()
    assert Reminder.objects.get().state == ReminderState.PLANNED
    reminders_send()

    assert Reminder.objects.get().email == Email.objects.get(to=user.email)


def test_two_kinds_of_reminder_share_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = reminders.ReminderKind("hello", plan=list, still_wanted=bool, send=lambda reminder: EmailFactory())
    monkeypatch.setattr(reminders, "_kinds", {})
    reminders.register(kind)

    with pytest.raises(ValueError, match="hello"):
        reminders.register(kind)

"""An email is a row first: kept with the transaction, sent once by whoever claims it, sent again if they die."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
import time_machine
from celery import current_app
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction

from mastery_hub.celery import Broker
from mastery_hub.messaging import services
from mastery_hub.messaging.enums import EmailStatus
from mastery_hub.messaging.leases import LEASE, real_now
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.sealing import GONE, unseal
from mastery_hub.messaging.services import ATTEMPTS, email_body, email_queue, emails_send
from tests.factories.accounts import UserFactory
from tests.factories.messaging import EmailFactory
from tests.threads import together

pytestmark = pytest.mark.django_db


class BrokenBackend(BaseEmailBackend):
    """A mail server that takes the connection and refuses every message."""

    def send_messages(self, email_messages) -> int:
        raise OSError("550 mailbox unavailable")


class StrangerBackend(BaseEmailBackend):
    """A mail server that does not know the recipient: `code` is what it answers."""

    code = 550

    def send_messages(self, email_messages) -> int:
        raise SMTPRecipientsRefused(dict.fromkeys(email_messages[0].to, (self.code, b"5.1.1 no such user")))


class BusyBackend(StrangerBackend):
    code = 450


class DownBackend(BaseEmailBackend):
    def open(self) -> bool:
        raise ConnectionRefusedError("no mail server here")


class EndingBackend(BaseEmailBackend):
    """The process ends the moment before it would send: nothing after the claim is run."""

    def send_messages(self, email_messages) -> int:
        raise SystemExit


@pytest.fixture
def broken(settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.BrokenBackend"


def queue_code(**kwargs) -> Email:
    return email_queue(kind="sign_in_code", to="ann@school.example", context={}, secrets={"code": "123456"}, **kwargs)


def test_email_is_stored_with_its_secret_sealed() -> None:
    person = UserFactory()

    email = queue_code(about=person)

    email.refresh_from_db()
    assert (email.status, email.about, email.urgent) == (EmailStatus.QUEUED, person, True)
    assert "123456" not in email.text + email.html
    assert b"123456" not in bytes(email.secrets)
    assert unseal(email.secrets) == {"code": "123456"}
    assert "123456" in email_body(email).text
    assert "123456" in email_body(email).html


def test_email_body_escapes_links_for_html() -> None:
    sample = {"first_name": "A", "inviter": "B", "role": "C", "until": real_now()}
    link = 'https://hub.example/?a=1&b="2"'

    body = email_body(email_queue(kind="invitation", to="a@b.example", context=sample, secrets={"link": link}))

    assert link in body.text
    assert 'href="https://hub.example/?a=1&amp;b=&quot;2&quot;"' in body.html


def test_email_goes_when_its_transaction_is_rolled_back() -> None:
    with transaction.atomic():
        queue_code()
        transaction.set_rollback(True)

    assert Email.objects.count() == 0


def test_email_is_sent_and_its_secret_wiped() -> None:
    email = queue_code()

    assert emails_send() == 1

    [message] = mail.outbox
    email.refresh_from_db()
    assert message.extra_headers == {"Message-ID": email.message_id}
    assert (message.to, message.subject) == (["ann@school.example"], "Your code to sign in to Mastery Hub")
    assert "123456" in message.body
    assert "123456" in message.alternatives[0][0]
    assert (email.status, email.attempts, bytes(email.secrets)) == (EmailStatus.SENT, 1, b"")
    assert GONE in email_body(email).text
    assert emails_send() == 0


def test_demo_keeps_what_it_sent(settings) -> None:
    settings.KEEP_SECRETS = True
    email = queue_code()

    emails_send()

    email.refresh_from_db()
    assert "123456" in email_body(email).text


def test_urgent_email_overtakes() -> None:
    EmailFactory.create_batch(2)
    queue_code()

    emails_send()

    assert mail.outbox[0].to == ["ann@school.example"]


def test_refused_email_waits_longer_each_time_and_fails_in_the_end(broken, settings) -> None:
    email = queue_code()
    waits = []

    with time_machine.travel(real_now(), tick=False) as moved:
        for _ in range(ATTEMPTS):
            assert emails_send() == 0
            email.refresh_from_db()
            waits.append(email.next_attempt_at - real_now())
            moved.move_to(email.next_attempt_at + timedelta(microseconds=1))

    assert [wait / timedelta(minutes=1) for wait in waits[:-1]] == [1, 2, 4, 8, 16, 32, 64]
    assert (email.status, email.attempts) == (EmailStatus.FAILED, ATTEMPTS)
    assert (email.error, bytes(email.secrets)) == ("550 mailbox unavailable", b"")


@pytest.mark.parametrize(
    ("backend", "status", "kept"), [("StrangerBackend", EmailStatus.FAILED, False), ("BusyBackend", "queued", True)]
)
def test_address_that_does_not_exist_is_given_up_at_once_and_a_busy_one_is_not(settings, backend, status, kept) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.{backend}"
    email = queue_code()

    emails_send()

    email.refresh_from_db()
    assert (email.status, email.attempts, bool(email.secrets), email.is_undelivered) == (status, 1, kept, not kept)
    assert "no such user" in email.error


def test_refused_email_is_not_tried_before_its_time(broken, settings) -> None:
    email = queue_code()
    emails_send()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    assert emails_send() == 0
    with time_machine.travel(real_now() + timedelta(minutes=1, seconds=1)):
        assert emails_send() == 1
    email.refresh_from_db()
    assert (email.status, email.error) == (EmailStatus.SENT, "")


def test_mail_server_that_is_down_costs_no_attempt(settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.DownBackend"
    email = queue_code()

    assert emails_send() == 0

    email.refresh_from_db()
    assert (email.status, email.attempts) == (EmailStatus.QUEUED, 0)


def test_email_of_a_worker_that_died_is_sent_by_another_when_its_lease_ends(settings) -> None:
    """That a real one dies like this is shown in tests/fault/test_worker.py."""
    email = queue_code()
    settings.EMAIL_BACKEND = f"{__name__}.EndingBackend"
    with time_machine.travel(real_now(), tick=False) as moved:
        with pytest.raises(SystemExit):
            emails_send()
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

        moved.shift(LEASE - timedelta(microseconds=1))
        assert emails_send() == 0
        email.refresh_from_db()
        assert (email.status, email.attempts) == (EmailStatus.SENDING, 1)
        moved.shift(timedelta(microseconds=2))
        assert emails_send() == 1

    email.refresh_from_db()
    assert (email.status, email.attempts) == (EmailStatus.SENT, 2)
    assert mail.outbox[0].extra_headers["Message-ID"] == email.message_id


def test_email_that_kills_every_worker_is_given_up() -> None:
    email = queue_code()
    Email.objects.update(status=EmailStatus.SENDING, attempts=ATTEMPTS, claimed_until=real_now() - timedelta(seconds=1))

    assert emails_send() == 0

    email.refresh_from_db()
    assert (email.status, mail.outbox) == (EmailStatus.FAILED, [])


def test_worker_whose_lease_ran_out_does_not_undo_what_another_did(broken) -> None:
    queue_code()
    slow = services._email_claim()
    Email.objects.update(status=EmailStatus.SENT, sent_at=real_now(), claimed_until=None)

    services._retry_or_fail(slow, "timed out")

    assert Email.objects.get().status == EmailStatus.SENT


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_email_once() -> None:
    EmailFactory.create_batch(12)

    sent = together(emails_send, emails_send, emails_send)

    assert sum(sent) == 12
    assert sorted(message.to for message in mail.outbox) == sorted(
        [to] for to in Email.objects.values_list("to", flat=True)
    )
    assert set(Email.objects.values_list("status", "attempts")) == {(EmailStatus.SENT, 1)}


def test_worker_is_nudged_once_a_transaction(django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        queue_code()
        queue_code()

    assert callbacks == [services.worker_nudge]


@pytest.mark.django_db(transaction=True)
def test_email_waits_where_no_broker_is(monkeypatch, caplog) -> None:
    monkeypatch.setattr(Broker, "resting_until", 0.0)
    services.worker_nudge()  # imports what a first connection needs
    caplog.set_level("WARNING")
    monkeypatch.setattr("celery.current_app.conf.broker_url", "redis://127.0.0.1:1/0")
    began = real_now()

    with transaction.atomic():
        email = queue_code()

    assert real_now() - began < timedelta(seconds=2)
    assert "No broker to nudge" in caplog.text
    email.refresh_from_db()
    assert email.status == EmailStatus.QUEUED
    assert emails_send() == 1


@pytest.mark.django_db(transaction=True)
def test_nudge_reaches_the_broker() -> None:
    with current_app.connection() as broker:
        waiting = broker.SimpleQueue("celery")
        waiting.clear()
        with transaction.atomic():
            queue_code()

        message = waiting.get(timeout=2)
        assert message.headers["task"] == "mastery_hub.messaging.tasks.emails_send"
        message.ack()


def test_queue_asks_a_constant_number_of_queries(django_assert_num_queries) -> None:
    assert connection.in_atomic_block
    with django_assert_num_queries(1):
        queue_code()


def late(email: Email) -> None:
    Email.objects.filter(pk=email.pk).update(next_attempt_at=real_now() - services.OVERDUE)


def test_urgent_email_that_no_worker_came_for_is_sent_by_the_web_process() -> None:
    code, letter = queue_code(), EmailFactory(urgent=False)
    assert services.overdue_send() is True  # not late yet: a worker may still come
    assert mail.outbox == []
    for email in (code, letter):
        late(email)

    assert services.overdue_send() is False

    assert [message.to for message in mail.outbox] == [[code.to]]


def test_urgent_email_in_a_workers_hands_is_left_there() -> None:
    email = queue_code()
    late(email)
    Email.objects.filter(pk=email.pk).update(
        status=EmailStatus.SENDING, claimed_until=real_now() + timedelta(minutes=4)
    )

    assert services.overdue_send() is True
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("web", "kind", "asked"), [(True, "sign_in_code", 1), (False, "sign_in_code", 0), (True, "address_changed", 0)]
)
def test_web_process_alone_looks_after_urgent_email(
    settings, django_capture_on_commit_callbacks, web, kind, asked
) -> None:
    settings.WEB = web
    facts = {"from_email": "a@b.example", "to_email": "c@d.example"}
    with django_capture_on_commit_callbacks() as callbacks:
        services.email_queue(
            kind=kind, to="x@school.example", context=facts, secrets={"code": "1"} if "code" in kind else {}
        )

    assert callbacks.count(services.overdue_errand.begin) == asked


def test_broker_that_did_not_answer_is_left_alone_for_a_while(monkeypatch, caplog) -> None:
    """Else each request of the next hour would wait for it."""
    caplog.set_level("WARNING")
    monkeypatch.setattr(Broker, "resting_until", 0.0)
    monkeypatch.setattr("celery.current_app.conf.broker_url", "redis://127.0.0.1:1/0")

    services.worker_nudge()
    services.worker_nudge()

    assert caplog.text.count("No broker to nudge") == 1
    monkeypatch.setattr(Broker, "resting_until", 0.0)
    services.worker_nudge()
    assert caplog.text.count("No broker to nudge") == 2

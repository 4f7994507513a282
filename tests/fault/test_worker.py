"""A real worker, killed while it sends: no email is lost, and at most the one in its hands arrives twice."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from mastery_hub.messaging import tasks
from mastery_hub.messaging.enums import EmailStatus
from mastery_hub.messaging.leases import real_now
from mastery_hub.messaging.models import Email, Heartbeat
from tests.counts import count
from tests.factories.messaging import EmailFactory
from tests.fault.house import wait_until
from tests.fault.post_office import PostOffice

pytestmark = pytest.mark.fault


def test_worker_is_heard_from(celery_worker: Any) -> None:
    tasks.emails_send.delay(by_beat=True)

    wait_until(lambda: Heartbeat.objects.count() == 2)

    assert sorted(Heartbeat.objects.values_list("name", flat=True)) == ["beat", "worker"]


@pytest.mark.parametrize("attempt", range(count(1, 20)))
def test_killed_worker_loses_no_email(attempt: int, worker_start: Callable[..., Any], post_office: PostOffice) -> None:
    written = {row.message_id for row in EmailFactory.create_batch(12)}
    first = worker_start(EMAIL_URL=post_office.url)
    tasks.emails_send.delay()
    wait_until(lambda: len(post_office.letters) >= 3)

    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    left = Email.objects.exclude(status=EmailStatus.SENT).count()
    Email.objects.filter(status=EmailStatus.SENDING).update(claimed_until=real_now())  # its lease has run out
    worker_start(EMAIL_URL=post_office.url)
    tasks.emails_send.delay()

    wait_until(lambda: not Email.objects.exclude(status=EmailStatus.SENT).exists())
    assert left > 1
    assert set(post_office.message_ids) == written
    assert len(post_office.letters) - len(written) <= 1


def test_worker_killed_between_claim_and_sending_loses_no_email_and_sends_none_twice(
    worker_start: Callable[..., Any], post_office: PostOffice
) -> None:
    """The row is claimed and the mail server has been spoken to, but has not been given the letter."""
    written = {row.message_id for row in EmailFactory.create_batch(3)}
    post_office.door.clear()
    first = worker_start(EMAIL_URL=post_office.url)
    tasks.emails_send.delay()
    assert post_office.waiting.wait(20)
    claimed = Email.objects.get(status=EmailStatus.SENDING)

    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    post_office.door.set()

    worker_start(EMAIL_URL=post_office.url)
    tasks.emails_send.delay()
    wait_until(lambda: len(post_office.letters) == 2)
    claimed.refresh_from_db()
    assert (claimed.status, claimed.attempts) == (EmailStatus.SENDING, 1)  # nobody takes it before its lease ends
    Email.objects.filter(pk=claimed.pk).update(claimed_until=real_now())
    tasks.emails_send.delay()
    wait_until(lambda: not Email.objects.exclude(status=EmailStatus.SENT).exists())
    assert sorted(post_office.message_ids) == sorted(written)

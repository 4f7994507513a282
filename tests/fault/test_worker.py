"""A real worker, killed while it sends: no email is lost, and at most the one in its hands arrives twice."""

import email
import os
import signal
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mastery_hub.messaging import tasks
from mastery_hub.messaging.enums import EmailStatus
from mastery_hub.messaging.leases import real_now
from mastery_hub.messaging.models import Email, Heartbeat
from tests.factories.messaging import EmailFactory

pytestmark = pytest.mark.fault

SECONDS_A_LETTER = 0.05


class Postman(socketserver.StreamRequestHandler):
    """As much SMTP as Django speaks; takes its time over each letter."""

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                time.sleep(SECONDS_A_LETTER)
                self.server.letters.append(email.message_from_bytes(text)["Message-ID"])
            self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n")


class PostOffice(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A killed worker hangs up in the middle of a letter."""


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    with PostOffice(("127.0.0.1", 0), Postman) as office:
        office.letters = []
        threading.Thread(target=office.serve_forever, daemon=True).start()
        yield office
        office.shutdown()


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    patience = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < patience
        time.sleep(0.02)


def test_worker_is_heard_from(celery_worker: Any) -> None:
    tasks.emails_send.delay(by_beat=True)

    wait_until(lambda: Heartbeat.objects.count() == 2)

    assert sorted(Heartbeat.objects.values_list("name", flat=True)) == ["beat", "worker"]


def test_killed_worker_loses_no_email(worker_start: Callable[..., Any], post_office: PostOffice) -> None:
    written = {row.message_id for row in EmailFactory.create_batch(12)}
    address = f"smtp://127.0.0.1:{post_office.server_address[1]}"
    first = worker_start(EMAIL_URL=address)
    tasks.emails_send.delay()
    wait_until(lambda: len(post_office.letters) >= 3)

    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    left = Email.objects.exclude(status=EmailStatus.SENT).count()
    Email.objects.filter(status=EmailStatus.SENDING).update(claimed_until=real_now())  # its lease has run out
    worker_start(EMAIL_URL=address)
    tasks.emails_send.delay()

    wait_until(lambda: not Email.objects.exclude(status=EmailStatus.SENT).exists())
    assert left > 1
    assert set(post_office.letters) == written
    assert len(post_office.letters) - len(written) <= 1

"""An email that came back is known by its Message-ID, whatever else the mail server says; nothing else counts."""

import io
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from mastery_hub.messaging.bounces import Bounce, bounce_read
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_bounced
from tests.factories.messaging import EmailFactory

REPORT = """\
From: Mail Delivery System <mailer-daemon@mail.example>
To: no-reply@mastery-hub.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"
MIME-Version: 1.0

--=_b
Content-Type: text/plain; charset=utf-8

I could not deliver this.

--=_b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; head@school.example
Action: {action}
Status: 5.1.1
{diagnostic}
--=_b
Content-Type: {returned}

From: no-reply@mastery-hub.example
To: head@school.example
Message-ID: <abc@mastery-hub.example>
Subject: Sam asks for your support

--=_b--
"""


def report(action: str = "failed", diagnostic: str = "", returned: str = "message/rfc822") -> bytes:
    return REPORT.format(action=action, diagnostic=diagnostic, returned=returned).encode()


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_bounce_is_read_whole_or_by_its_head(returned: str) -> None:
    diagnostic = "Diagnostic-Code: smtp; 550 no such\n user here\n"

    found = bounce_read(report(diagnostic=diagnostic, returned=returned))

    assert found == Bounce("<abc@mastery-hub.example>", "smtp; 550 no such user here")


def test_bounce_without_a_diagnosis_has_its_status() -> None:
    assert bounce_read(report()) == Bounce("<abc@mastery-hub.example>", "5.1.1")


@pytest.mark.parametrize(
    "raw",
    [
        report(action="delayed"),
        report().replace(b"Message-ID: <abc@mastery-hub.example>\n", b""),
        b"Subject: Out of office\nMessage-ID: <x@school.example>\n\nBack on Monday.\n",
        b"",
        b"\xff\xfe\x00 not an email at all",
    ],
    ids=["delayed", "nameless", "out of office", "empty", "noise"],
)
def test_what_is_no_bounce_counts_for_nothing(raw: bytes) -> None:
    assert bounce_read(raw) is None


@pytest.mark.django_db
def test_email_comes_back_once_and_only_if_it_was_sent() -> None:
    waiting, sent = EmailFactory(), EmailFactory(sent=True)

    assert not email_bounced(message_id=waiting.message_id, reason="550")
    assert email_bounced(message_id=sent.message_id, reason="550" * 200)
    assert not email_bounced(message_id=sent.message_id, reason="551")

    sent.refresh_from_db()
    assert (sent.is_undelivered, sent.error) == (True, "550" * 100)
    assert Email.objects.filter(bounced_at__isnull=False).get() == sent


@pytest.mark.django_db
def test_command_takes_what_the_mail_server_hands_over(monkeypatch, capsys) -> None:
    email = EmailFactory(sent=True, message_id="<abc@mastery-hub.example>")
    for raw in (report(), b"Subject: hello\n\nHello\n"):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
        call_command("record_bounce")

    email.refresh_from_db()
    assert email.is_undelivered
    assert capsys.readouterr().out.splitlines() == ["Noted.", "No email of ours came back."]

"""Email is a row first: written in the caller's transaction, sent by a worker that claims it by lease (rule 7).

A code that somebody waits for is sent by the web process itself, beside its requests, when no worker came: signing in
needs neither Redis nor a worker (docs/decisions/0007-a-code-needs-no-broker.md).
"""

import logging
from datetime import timedelta
from html import escape
from smtplib import SMTPRecipientsRefused
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import models, transaction

from mastery_hub.celery import nudge
from mastery_hub.common import clock
from mastery_hub.messaging.enums import EmailStatus
from mastery_hub.messaging.errands import Errand
from mastery_hub.messaging.kinds import EmailKind, is_known, kind_named
from mastery_hub.messaging.leases import LEASE, real_now
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.rendering import Rendered, email_render
from mastery_hub.messaging.sealing import fill, seal, unseal

log = logging.getLogger(__name__)
ONE_CLICK = "List-Unsubscribe=One-Click"
ATTEMPTS = 8  # waiting 1, 2, 4 … 64 minutes between them: two hours in all
RUN = 500  # emails in one run; beat begins the next one within seconds
REFUSED_FOR_GOOD = 500  # and above: SMTP's answers that another attempt would not change
OVERDUE = timedelta(seconds=3)  # an urgent email that no worker has claimed by then


class Body(NamedTuple):
    text: str
    html: str


def email_queue(
    *,
    kind: str,
    to: str,
    context: dict[str, Any],
    about: models.Model | None = None,
    secrets: dict[str, str] | None = None,
) -> Email:
    """Renders and stores an email in the caller's transaction; the worker is nudged when that commits.

    `secrets` (links, codes) are names in the template like any other, but stored apart and encrypted.
    """
    secrets = secrets or {}
    known = kind_named(kind)
    rendered = email_render(known, context, tuple(secrets))
    email = Email(kind=kind, to=to, about=about, secrets=seal(secrets), urgent=known.urgent, **rendered._asdict())
    email.save()
    queued = (call for _, call, _ in transaction.get_connection().run_on_commit)
    if worker_nudge not in queued:  # once a transaction, however many emails it wrote
        transaction.on_commit(worker_nudge, robust=True)
    if email.urgent and settings.WEB:
        transaction.on_commit(overdue_errand.begin, robust=True)
    return email


def email_preview(kind: EmailKind) -> Rendered:
    """The kind's sample, with links and codes that are made up too."""
    made_up = {name: "123456" if name == "code" else f"{settings.SITE_URL}/" for name in kind.secrets}
    rendered = email_render(kind, kind.sample(), kind.secrets)
    return Rendered(rendered.subject, fill(rendered.text, made_up), fill(rendered.html, made_up, escape))


def worker_nudge() -> None:
    """Asks a worker to send now. Without Redis nothing is lost: beat sends what no nudge did."""
    nudge("mastery_hub.messaging.tasks.emails_send")


def email_body(email: Email) -> Body:
    """Text and HTML with links and codes filled in, while they are still there."""
    secrets = unseal(email.secrets)
    return Body(fill(email.text, secrets), fill(email.html, secrets, escape))


def emails_send(*, overdue: bool = False) -> int:
    """Sends what is due, one claim at a time; returns how many went out. `overdue`: only what is urgent and late.

    A mail server that cannot be reached costs no email an attempt: they wait for the next run.
    """
    sent = 0
    connection = get_connection()
    try:
        connection.open()
        for _ in range(RUN):
            if not (email := _email_claim(overdue)):
                break
            sent += _email_deliver(email, connection)
    except OSError as error:
        log.warning("The mail server cannot be reached: %s", error)
    finally:
        connection.close()
    return sent


@transaction.atomic
def _email_claim(overdue: bool = False) -> Email | None:
    """The next email, held for LEASE. Whoever claimed it before and was heard of no more counts as a failed attempt."""
    now = real_now()
    due = Email.objects.due(now - OVERDUE).filter(urgent=True) if overdue else Email.objects.due(now)
    due = due.order_by("-urgent", "next_attempt_at")
    email = due.select_for_update(skip_locked=True, of=("self",)).first()
    if email is None:
        return None
    if email.attempts >= ATTEMPTS:
        _failed(email, "No worker lived to tell whether it was sent")
        return _email_claim(overdue)
    email.status, email.claimed_until, email.attempts = EmailStatus.SENDING, now + LEASE, email.attempts + 1
    email.save(update_fields=["status", "claimed_until", "attempts"])
    return email


def _email_deliver(email: Email, connection: BaseEmailBackend) -> bool:
    """At least once: the Message-ID stays the same, so that a mail server can tell a second copy."""
    try:
        _message(email, connection).send()
    except Exception as error:  # whatever the backend raises: the row must not stay claimed
        log.warning("Email %s was not sent: %s", email.pk, error)
        if _is_refused_for_good(error):
            _failed(email, str(error))
        else:
            _retry_or_fail(email, str(error))
        connection.close()  # a broken session would fail the next email too
        connection.open()
        return False
    wiped = {} if settings.KEEP_SECRETS else {"secrets": b""}
    Email.objects.filter(pk=email.pk).update(
        status=EmailStatus.SENT, sent_at=clock.now(), claimed_until=None, error="", **wiped
    )
    return True


def _is_refused_for_good(error: Exception) -> bool:
    """There is no such address: another attempt would not change that."""
    if not isinstance(error, SMTPRecipientsRefused):
        return False
    return all(code >= REFUSED_FOR_GOOD for code, _ in error.recipients.values())


def email_bounced(*, message_id: str, reason: str) -> bool:
    """A mail server told later that an email came back; False for one that is not ours, or came back before."""
    sent = Email.objects.filter(message_id=message_id, status=EmailStatus.SENT, bounced_at=None)
    return bool(sent.update(bounced_at=clock.now(), error=reason[:300]))


def _message(email: Email, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    body = email_body(email)
    headers = {"Message-ID": email.message_id, **_unsubscribe(email)}
    message = EmailMultiAlternatives(email.subject, body.text, to=[email.to], connection=connection, headers=headers)
    message.attach_alternative(body.html, "text/html")
    return message


def _unsubscribe(email: Email) -> dict[str, str]:
    """RFC 2369 and 8058, where the kind can be stopped: none for kinds that are no longer known."""
    link = unseal(email.secrets).get(kind_named(email.kind).unsubscribe) if is_known(email.kind) else None
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": ONE_CLICK} if link else {}


def _retry_or_fail(email: Email, reason: str) -> None:
    if email.attempts >= ATTEMPTS:
        _failed(email, reason)
        return
    Email.objects.filter(pk=email.pk, status=EmailStatus.SENDING, claimed_until=email.claimed_until).update(
        status=EmailStatus.QUEUED,
        claimed_until=None,
        next_attempt_at=real_now() + timedelta(minutes=2 ** (email.attempts - 1)),
        error=reason[:300],
    )


def _failed(email: Email, reason: str) -> None:
    wiped = {} if settings.KEEP_SECRETS else {"secrets": b""}
    Email.objects.filter(pk=email.pk).exclude(status=EmailStatus.SENT).update(
        status=EmailStatus.FAILED, claimed_until=None, error=reason[:300], **wiped
    )


def overdue_send() -> bool:
    """What a web process does when no worker came; says whether an urgent email is still under way."""
    urgent = Email.objects.filter(urgent=True)
    if urgent.due(real_now() - OVERDUE).exists():
        emails_send(overdue=True)
    return urgent.filter(status__in=(EmailStatus.QUEUED, EmailStatus.SENDING)).exists()


overdue_errand = Errand(overdue_send, pause=OVERDUE.total_seconds(), lifetime=15 * 60)  # as long as a code counts

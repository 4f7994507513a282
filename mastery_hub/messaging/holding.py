"""Emails that are held: after a restore nobody can know which of those that waited then were sent since."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.dispatch import receiver

from mastery_hub.common.backups.services import database_restored
from mastery_hub.messaging.enums import EmailStatus
from mastery_hub.messaging.leases import real_now
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.reminders import reminders_send

WAITING = (EmailStatus.QUEUED, EmailStatus.SENDING)
OUT_OF_DATE = "Out of date when the database was restored"
DROPPED = "Dropped after the database was restored"


@transaction.atomic
def emails_hold() -> int:
    """Holds what waits, and what reminders that came due would make wait; returns how much.

    Codes and other urgent emails are dropped: whoever waited for one has long asked for another."""
    reminders_send()
    waiting = Email.objects.filter(status__in=WAITING)
    wiped = {} if settings.KEEP_SECRETS else {"secrets": b""}
    waiting.filter(urgent=True).update(status=EmailStatus.FAILED, claimed_until=None, error=OUT_OF_DATE, **wiped)
    return waiting.update(status=EmailStatus.HELD, claimed_until=None)


def emails_release() -> int:
    return Email.objects.filter(status=EmailStatus.HELD).update(
        status=EmailStatus.QUEUED, next_attempt_at=real_now(), attempts=0
    )


def emails_drop() -> int:
    wiped = {} if settings.KEEP_SECRETS else {"secrets": b""}
    return Email.objects.filter(status=EmailStatus.HELD).update(status=EmailStatus.FAILED, error=DROPPED, **wiped)


@receiver(database_restored, dispatch_uid="emails are held")
def hold_after_restore(keep_queue: bool, **kwargs: Any) -> str:
    if keep_queue:
        return f"{Email.objects.filter(status__in=WAITING).count()} emails wait and will be sent, perhaps again."
    return f"{emails_hold()} emails are held: manage.py held_emails lists them, sends or drops them."

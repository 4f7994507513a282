"""Every email and reminder as a row: written in the request's transaction, sent by a worker (rule 7)."""

import uuid
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from mastery_hub.common import clock
from mastery_hub.messaging.enums import EmailStatus, ReminderState
from mastery_hub.messaging.leases import real_now

UNDELIVERED = Q(status=EmailStatus.FAILED) | Q(bounced_at__isnull=False)  # given up, or gone out and come back


class EmailQuerySet(models.QuerySet["Email"]):
    def due(self, now: datetime) -> Self:
        """Never claimed, waiting for another attempt, or claimed by somebody who was heard of no more."""
        waiting = Q(status=EmailStatus.QUEUED, next_attempt_at__lte=now)
        return self.filter(waiting | Q(status=EmailStatus.SENDING, claimed_until__lte=now))

    def about(self, row: models.Model) -> Self:
        return self.filter(about_type=ContentType.objects.get_for_model(row), about_id=row.pk)


class Email(models.Model):
    """`text` and `html` hold placeholders where a link or a code stands; `secrets` holds those, sealed, until sent."""

    kind = models.CharField(max_length=60)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField()
    secrets = models.BinaryField(blank=True, default=b"", editable=False)
    about_type = models.ForeignKey(ContentType, models.PROTECT, null=True, blank=True)
    about_id = models.PositiveBigIntegerField(null=True, blank=True)
    about = GenericForeignKey("about_type", "about_id")
    urgent = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=EmailStatus, default=EmailStatus.QUEUED)
    message_id = models.CharField(max_length=120, unique=True, editable=False)
    created_at = models.DateTimeField(default=clock.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=real_now, help_text="Real time, not the demo's clock")
    claimed_until = models.DateTimeField(null=True, blank=True, help_text="Real time")
    sent_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True, help_text="When a mail server said that it came back")
    error = models.CharField(max_length=300, blank=True)

    objects = EmailQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = [
            models.Index(
                fields=["-urgent", "next_attempt_at"], condition=Q(status__in=["queued", "sending"]), name="email_due"
            ),
            models.Index(fields=["about_type", "about_id"], name="email_about"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status="sent") ^ Q(sent_at=None), name="sent_email_has_its_time"),
            models.CheckConstraint(
                condition=Q(bounced_at=None) | Q(sent_at__isnull=False), name="only_a_sent_email_comes_back"
            ),
            models.CheckConstraint(
                condition=Q(about_type=None, about_id=None) | Q(about_type__isnull=False, about_id__isnull=False),
                name="email_about_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.message_id:
            self.message_id = f"<{uuid.uuid4().hex}@{urlsplit(settings.SITE_URL).hostname}>"
        super().save(*args, **kwargs)

    @property
    def is_undelivered(self) -> bool:
        """It was given up, or it went out and came back."""
        return self.status == EmailStatus.FAILED or self.bounced_at is not None


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def about(self, row: models.Model) -> Self:
        return self.filter(target_type=ContentType.objects.get_for_model(row), target_id=row.pk)


class Reminder(models.Model):
    """One message that will be due: planned again and again, sent once, thanks to `key`."""

    kind = models.CharField(max_length=60)
    target_type = models.ForeignKey(ContentType, models.PROTECT)
    target_id = models.PositiveBigIntegerField()
    target = GenericForeignKey("target_type", "target_id")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="reminders",
        help_text="Empty where the target itself says to whom, who need not be a user",
    )
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ReminderState, default=ReminderState.PLANNED)
    key = models.CharField(max_length=200, unique=True, help_text="kind, target and occasion: planned once")
    email = models.OneToOneField(Email, models.PROTECT, null=True, blank=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "pk")
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="planned"), name="reminder_due"),
            models.Index(fields=["target_type", "target_id"], name="reminder_target"),
        ]

    def __str__(self) -> str:
        return self.key


class Heartbeat(models.Model):
    """When the worker and beat were last heard from, in real time: what `/ready/` asks."""

    name = models.CharField(max_length=20, unique=True)
    at = models.DateTimeField(default=real_now)

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"

"""A pledge asked for again, since what it was signed for has changed. The place stays held meanwhile."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.enums import RenewalWhy
from applications.models.support import BETWEEN_REMINDERS, LINK_LASTS, HeadteacherSupport
from cohorts.models import Pledge
from mastery_hub.common import clock
from mastery_hub.common.history import tracked


class PledgeRenewalQuerySet(models.QuerySet["PledgeRenewal"]):
    def open(self) -> Self:
        return self.filter(answered_at=None, closed_at=None)


@tracked
class PledgeRenewal(models.Model):
    """To one named person, by a link of its own, whose token is kept as a hash. The first signature stays as it is."""

    support = models.ForeignKey(HeadteacherSupport, models.PROTECT, related_name="renewals")
    why = models.CharField(max_length=10, choices=RenewalWhy)
    terms = models.JSONField(help_text="Release days and residential dates as they were when it was asked")
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    email = models.EmailField()
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(default=clock.now, help_text="When the link was last sent")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="renewals")
    answered_at = models.DateTimeField(null=True, blank=True)
    pledge = models.OneToOneField(Pledge, models.PROTECT, null=True, blank=True, related_name="renewal")
    decline_reason = models.TextField(blank=True)
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was no longer needed, or another took its place"
    )

    objects = PledgeRenewalQuerySet.as_manager()

    class Meta:
        ordering = ("asked_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["support"], condition=Q(answered_at=None, closed_at=None), name="one_open_renewal_a_support"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, person=None, pledge=None, decline_reason="")
                | Q(answered_at__isnull=False, person__isnull=False, pledge__isnull=False, decline_reason="")
                | Q(answered_at__isnull=False, person__isnull=False, pledge=None) & ~Q(decline_reason=""),
                name="renewal_is_signed_or_declined_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(answered_at=None), name="answered_renewal_is_not_closed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.full_name} again for {self.support.application.reference}"

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.closed_at is None

    @property
    def link_expires_at(self) -> datetime:
        return self.sent_at + LINK_LASTS

    @property
    def again_from(self) -> datetime:
        """When the hub may send the link once more."""
        return self.sent_at + BETWEEN_REMINDERS

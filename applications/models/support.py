"""The headteacher's part: one request at a time, answered by link; the confidential statement stands apart."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Prefetch, Q

from applications.enums import SupportState
from applications.models.applications import Application
from cohorts.models import Pledge
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.common.models import Stateful, TransitionEvent

LINK_LASTS = timedelta(days=30)
BETWEEN_REMINDERS = timedelta(days=5)  # that an applicant sends
AFTER_SENDING = timedelta(minutes=10)  # so that two presses in a row fill nobody's inbox


class HeadteacherSupportQuerySet(models.QuerySet["HeadteacherSupport"]):
    def current(self) -> Self:
        return self.exclude(state=SupportState.CANCELLED)

    def with_applications(self) -> Self:
        """Each with its people and deadlines, in one query more however many requests."""
        return self.prefetch_related(Prefetch("application", Application.objects.with_people().with_deadlines()))


@tracked
class HeadteacherSupport(Stateful):
    """A request to one named headteacher. The link's token is kept as a hash; a new sending makes the old link die.

    Whoever came in by the old link, while it worked, may go on: a reminder must not end the writing of a statement.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="supports")
    state = models.CharField(max_length=10, choices=SupportState, default=SupportState.REQUESTED, editable=False)
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    email = models.EmailField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="supports")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    former_token_hash = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    requested_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(default=clock.now, help_text="When the link was last sent")
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="When the applicant last sent a reminder")
    answered_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.TextField(blank=True)
    pledge = models.OneToOneField(Pledge, models.PROTECT, null=True, blank=True, related_name="support")

    objects = HeadteacherSupportQuerySet.as_manager()

    class Meta:
        ordering = ("-requested_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=~Q(state=SupportState.CANCELLED), name="one_headteacher_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state=SupportState.SIGNED) | Q(pledge__isnull=False), name="signed_support_has_a_pledge"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[SupportState.SIGNED, SupportState.DECLINED])
                | Q(answered_at__isnull=False, person__isnull=False),
                name="answered_support_has_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.full_name} for {self.application.reference}"

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def is_waiting(self) -> bool:
        return self.state in (SupportState.REQUESTED, SupportState.OPENED)

    @property
    def link_expires_at(self) -> datetime:
        """Never past the end of support while an answer is awaited; afterwards one may look back by it."""
        end = self.sent_at + LINK_LASTS
        return min(end, self.application.support_closes_at) if self.is_waiting else end

    @property
    def reminder_from(self) -> datetime:
        """When the applicant may next send a reminder."""
        after = self.sent_at + AFTER_SENDING
        return max(after, self.reminded_at + BETWEEN_REMINDERS) if self.reminded_at else after


class HeadteacherSupportEvent(TransitionEvent):
    support = models.ForeignKey(HeadteacherSupport, models.PROTECT, related_name="events")

    class Meta:
        ordering = ("at", "pk")


class HeadteacherStatementQuerySet(models.QuerySet["HeadteacherStatement"]):
    def visible_to(self, user: User) -> Self:
        """Leads and reviewers of the application's hub, and NCETM; never the applicant, whatever else they are."""
        found = self.exclude(support__application__applicant=user)
        if user.is_national:
            return found
        return found.filter(support__application__hub__in=user.hub_ids(Role.HUB_LEAD, Role.HUB_REVIEWER))


@tracked
class HeadteacherStatement(models.Model):
    """Confidential: no page, email or export that the applicant can reach may show it."""

    support = models.OneToOneField(HeadteacherSupport, models.CASCADE, related_name="statement")
    text = models.TextField()
    saved_at = models.DateTimeField(default=clock.now)

    objects = HeadteacherStatementQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Statement of {self.support}"

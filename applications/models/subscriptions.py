"""What anybody may ask to be told of by email, without an account: a round's deadline, a programme's next round."""

from datetime import datetime, timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from applications.models.rounds import Round
from cohorts.models import Programme
from mastery_hub.common import clock

CONFIRM_WITHIN = timedelta(days=7)
KEPT_AFTER = timedelta(days=30)  # so that the links in what was sent still say that it is over


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def standing(self) -> Self:
        return self.filter(cancelled_at=None, sent_at=None)

    def confirmed(self) -> Self:
        return self.standing().filter(confirmed_at__isnull=False)

    def by_link(self, hashed: str) -> Self:
        return self.filter(link_hashes__contains=[hashed]) if hashed else self.none()

    def with_subject(self) -> Self:
        return self.select_related("round__cohort__programme", "programme")

    def done_with(self, now: datetime) -> Self:
        """Never confirmed in time, or over for so long that nobody follows its links any more."""
        over = now - KEPT_AFTER
        unconfirmed = Q(confirmed_at=None, asked_at__lte=now - CONFIRM_WITHIN)
        ended = Q(cancelled_at__lte=over) | Q(sent_at__lte=over) | Q(round__closes_at__lte=over)
        return self.filter(unconfirmed | ended)


class Subscription(models.Model):
    """An address and what it is told of. No history is kept of it: deleted is deleted."""

    email = models.EmailField()
    round = models.ForeignKey(
        Round, models.CASCADE, null=True, blank=True, related_name="subscriptions", help_text="Whose deadline"
    )
    programme = models.ForeignKey(
        Programme, models.CASCADE, null=True, blank=True, related_name="subscriptions", help_text="Whose next round"
    )
    open_round = models.ForeignKey(
        Round,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Open when it was asked, so not the next one",
    )
    link_hashes = ArrayField(
        models.CharField(max_length=64), default=list, help_text="Of the link in each email that was sent for it"
    )
    asked_at = models.DateTimeField(default=clock.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When the last email that it asked for was written")

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        indexes = [GinIndex(fields=["link_hashes"], name="subscription_links")]
        constraints = [
            models.CheckConstraint(
                condition=Q(round__isnull=True) ^ Q(programme__isnull=True), name="subscription_to_one_thing"
            ),
            models.CheckConstraint(
                condition=Q(open_round__isnull=True) | Q(programme__isnull=False),
                name="only_a_next_round_has_one_before",
            ),
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(confirmed_at__isnull=False, cancelled_at=None),
                name="nothing_sent_unconfirmed_or_cancelled",
            ),
            models.UniqueConstraint(
                fields=["round", "email"],
                condition=Q(cancelled_at=None, sent_at=None),
                name="one_reminder_of_a_deadline_an_address",
            ),
            models.UniqueConstraint(
                fields=["programme", "email"],
                condition=Q(cancelled_at=None, sent_at=None),
                name="one_wait_for_a_round_an_address",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round or self.programme} for {self.email}"

    @property
    def subject(self) -> Round | Programme:
        subject = self.round or self.programme
        assert subject, "the database holds one of them"
        return subject

    @property
    def is_over(self) -> bool:
        return self.sent_at is not None or (self.round is not None and clock.now() >= self.round.closes_at)

    @property
    def expires_at(self) -> datetime:
        """Until when it may be confirmed."""
        return self.asked_at + CONFIRM_WITHIN

    @property
    def has_expired(self) -> bool:
        return self.confirmed_at is None and clock.now() >= self.expires_at

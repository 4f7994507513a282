"""How a hub decides: reviews with scores, decisions first proposed and then released, offers with a reply-by date."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import ExpressionWrapper, F, FloatField, Q, Sum
from django.db.models.functions import Cast

from applications.enums import Outcome
from applications.models.applications import Application
from applications.models.rounds import Criterion
from mastery_hub.common import clock
from mastery_hub.common.history import tracked


@tracked
class Review(models.Model):
    """One person's scores of one application; theirs alone until submitted."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews")
    started_at = models.DateTimeField(default=clock.now)
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("started_at", "pk")
        constraints = [models.UniqueConstraint(fields=["application", "reviewer"], name="one_review_a_reviewer")]

    def __str__(self) -> str:
        return f"Review by {self.reviewer}"


class ScoreQuerySet(models.QuerySet["Score"]):
    def submitted(self) -> Self:
        return self.filter(review__submitted_at__isnull=False)

    def means(self) -> Any:
        """`mean` of each application, for a subquery; a criterion of weight 2 counts twice."""
        points = ExpressionWrapper(Cast("value", FloatField()) * F("criterion__weight"), FloatField())
        weighted = ExpressionWrapper(Sum(points) / Sum("criterion__weight"), FloatField())
        return self.order_by().values("review__application").annotate(mean=weighted).values("mean")


@tracked
class Score(models.Model):
    review = models.ForeignKey(Review, models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="scores")
    value = models.PositiveSmallIntegerField(help_text="0 to 4, as described in SCORE_MEANINGS")
    comment = models.TextField(blank=True)

    objects = ScoreQuerySet.as_manager()

    class Meta:
        ordering = ("criterion__order",)
        constraints = [
            models.UniqueConstraint(fields=["review", "criterion"], name="one_score_a_criterion"),
            models.CheckConstraint(condition=Q(value__lte=4), name="score_from_0_to_4"),
        ]

    def __str__(self) -> str:
        return str(self.value)


@tracked
class Decision(models.Model):
    """The latest one counts: proposing again, or taking back, closes the one before."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=12, choices=Outcome)
    feedback = models.TextField(blank=True, help_text="For the applicant, in the letter")
    reason = models.TextField(blank=True, help_text="For the hub's record")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=clock.now)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True, help_text="Taken back or replaced before release")

    class Meta:
        ordering = ("-proposed_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(released_at=None, closed_at=None),
                name="one_open_decision_an_application",
            ),
            models.CheckConstraint(
                condition=Q(released_at=None, released_by=None)
                | Q(released_at__isnull=False, released_by__isnull=False),
                name="released_decision_has_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.UNSUCCESSFUL) | ~Q(feedback=""), name="unsuccessful_has_feedback"
            ),
        ]

    def __str__(self) -> str:
        return self.get_outcome_display()


@tracked
class Offer(models.Model):
    """A place offered by a released decision, to be answered before `reply_by`."""

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="offer")
    application = models.ForeignKey(Application, models.PROTECT, related_name="offers")
    made_at = models.DateTimeField(default=clock.now)
    reply_by = models.DateTimeField()
    replied_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("-made_at", "-pk")
        indexes = [models.Index(fields=["reply_by"], condition=Q(replied_at=None), name="offer_unanswered")]

    def __str__(self) -> str:
        return f"Offer to be answered by {self.reply_by:%d %B %Y}"

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


class DecisionQuerySet(models.QuerySet["Decision"]):
    def open(self) -> Self:
        """Proposed, and neither released nor closed."""
        return self.filter(released_at=None, closed_at=None)

    def at(self, hub: Any, round: Any) -> Self:
        return self.filter(application__hub=hub, application__round=round)


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
    letter = models.TextField(
        blank=True, help_text="The hub's own words in this letter, once saved for it or released with it"
    )
    letter_saved_at = models.DateTimeField(null=True, blank=True, help_text="Empty: the hub's words for the round")
    score_place = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="By score among the hub's candidates, when it was proposed"
    )
    score_of = models.PositiveSmallIntegerField(null=True, blank=True, help_text="How many of them had scores")
    departure = models.TextField(blank=True, help_text="Why it departs from the order by score")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    returned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    returned_at = models.DateTimeField(null=True, blank=True)
    return_reason = models.TextField(blank=True, help_text="NCETM's, for the hub")
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True, help_text="Released in error")
    undo_reason = models.TextField(blank=True)

    objects = DecisionQuerySet.as_manager()

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
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{what}_at": None, f"{what}_by": None})
                    | Q(**{f"{what}_at__isnull": False, f"{what}_by__isnull": False}),
                    name=f"{what}_decision_has_who_and_when",
                )
                for what in ("confirmed", "returned", "undone")
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(returned_at=None), name="confirmed_or_returned_but_not_both"
            ),
            models.CheckConstraint(
                condition=Q(returned_at=None) | (~Q(return_reason="") & Q(released_at=None)),
                name="returned_decision_has_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None)
                | (Q(released_at__isnull=False) & ~Q(outcome=Outcome.OFFER) & ~Q(undo_reason="")),
                name="no_offer_is_undone",
            ),
            models.CheckConstraint(
                condition=Q(score_place=None) | Q(score_of__gte=F("score_place")), name="score_place_among_those_scored"
            ),
        ]

    def __str__(self) -> str:
        return self.get_outcome_display()

    @property
    def is_open(self) -> bool:
        return self.released_at is None and self.closed_at is None


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

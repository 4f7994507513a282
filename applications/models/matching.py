"""What NCETM proposes to hubs: who might move where, so that the most places are filled."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from applications.models.applications import Application
from applications.models.referrals import Referral
from applications.models.rounds import Round
from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.directory.models import MathsHub

MOST_MILES = 200
HIGHEST_SCORE = 4


@tracked
class MatchingProposal(models.Model):
    """Dated, with what it was made from. Sent, its moves are proposed to the hubs one by one."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="matching_proposals")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    least_score = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(HIGHEST_SCORE)],
        help_text="Whoever has less is no strong candidate",
    )
    reach = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MILES)],
        help_text="Miles within which other hubs count too; empty: neighbouring hubs alone",
    )
    miles_a_point = models.PositiveSmallIntegerField(
        default=10,
        validators=[MaxValueValidator(MOST_MILES)],
        help_text="How far one point of the score is worth going",
    )
    places = models.PositiveSmallIntegerField(help_text="That were free")
    candidates = models.PositiveSmallIntegerField(help_text="Who were without a place")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_by=None, sent_at=None) | Q(sent_by__isnull=False, sent_at__isnull=False),
                name="sent_proposal_has_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"Proposal of {clock.london(self.made_at):%-d %B %Y at %H:%M}"


@tracked
class MatchingMove(models.Model):
    """`referral` once it is sent; none where the candidate or the place had gone by then."""

    proposal = models.ForeignKey(MatchingProposal, models.CASCADE, related_name="moves")
    application = models.ForeignKey(Application, models.PROTECT, related_name="matching_moves")
    from_hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="+")
    to_hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="+")
    miles = models.DecimalField(max_digits=5, decimal_places=1, help_text="From the school, in a straight line")
    score = models.DecimalField(max_digits=3, decimal_places=2)
    referral = models.OneToOneField(
        Referral, models.PROTECT, null=True, blank=True, related_name="matching_move", help_text="That it became"
    )

    class Meta:
        ordering = ("to_hub__name", "-score", "pk")
        constraints = [
            models.UniqueConstraint(fields=["proposal", "application"], name="one_move_a_candidate"),
            models.CheckConstraint(condition=~Q(to_hub=F("from_hub")), name="move_is_to_another_hub"),
        ]

    def __str__(self) -> str:
        return f"{self.application.reference} to {self.to_hub}"

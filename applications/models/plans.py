"""How a hub selects in a round: what it has turned on, and what it looks for."""

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from applications.enums import PhaseTaught
from applications.models.rounds import Round
from mastery_hub.accounts.models import User
from mastery_hub.common.history import tracked
from mastery_hub.directory.models import LocalAuthority, MathsHub

REVIEWERS_MOST = 3


class SelectionPlanQuerySet(models.QuerySet["SelectionPlan"]):
    def visible_to(self, user: User) -> Self:
        """Everybody of the hub, and NCETM."""
        return self if user.is_national else self.filter(hub__in=user.hub_ids())

    def of(self, round: Round, hub: MathsHub) -> "SelectionPlan":
        """The hub's, or one that has nothing turned on and is not saved: a hub that wrote none needs none."""
        return self.filter(round=round, hub=hub).first() or SelectionPlan(round=round, hub=hub)


@tracked
class SelectionPlan(models.Model):
    """Everything is off until a lead of the hub turns it on: one part-time person may do it all."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="plans")
    hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="plans")
    blind = models.BooleanField(
        "blind reading", default=False, help_text="Reviewers read without name and school until they have scored"
    )
    reviewers_each = models.PositiveSmallIntegerField(
        "reviewers for each application",
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(REVIEWERS_MOST)],
    )
    moderates = models.BooleanField(
        "moderation", default=False, help_text="Scores of a criterion that are two or more apart are talked about"
    )
    offers_reserves = models.BooleanField(
        "reserve list is offered automatically",
        default=False,
        help_text="A place that becomes free is offered to the next on the reserve list",
    )
    strategic_plan = models.TextField(blank=True, help_text="What the hub needs besides the best scores, in its words")

    objects = SelectionPlanQuerySet.as_manager()

    class Meta:
        ordering = ("round", "hub")
        constraints = [
            models.UniqueConstraint(fields=["round", "hub"], name="one_plan_a_hub_a_round"),
            models.CheckConstraint(
                condition=Q(reviewers_each__gte=1, reviewers_each__lte=REVIEWERS_MOST), name="one_to_three_reviewers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hub}, {self.round.code}"


@tracked
class StrategicNeed(models.Model):
    """One thing that the hub looks for: in words, and as a phase or an area where that says it."""

    plan = models.ForeignKey(SelectionPlan, models.CASCADE, related_name="needs")
    order = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=150)
    phase = models.CharField(max_length=12, choices=PhaseTaught, blank=True)
    authority = models.ForeignKey(LocalAuthority, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("order",)
        constraints = [models.UniqueConstraint(fields=["plan", "order"], name="needs_in_order")]

    def __str__(self) -> str:
        return self.title

    @property
    def about(self) -> str:
        """“Key stage 1, Kirklees”, as far as it is of a phase or an area."""
        return ", ".join(filter(None, (self.get_phase_display(), str(self.authority or ""))))

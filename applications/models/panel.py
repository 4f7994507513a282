"""The one order in which a hub compares its candidates of a round; its reserve list is that order of those who wait."""

from typing import Any

from django.db import models
from django.db.models import F, OuterRef, Subquery

from applications.enums import IN_THE_RUNNING, State
from applications.models.applications import Application
from applications.models.rounds import Round
from applications.models.selection import Score
from mastery_hub.common.history import tracked
from mastery_hub.directory.models import MathsHub


class PanelOrderQuerySet(models.QuerySet["PanelOrder"]):
    def candidates(self, hub: MathsHub | int | None, round: Round | int) -> Any:
        """The hub's candidates, best first, with `panel_place` and `mean_score`: as the hub has ranked them, then the
        others by score, then whoever submitted first."""
        own = self.filter(application=OuterRef("pk"), hub=OuterRef("hub"))
        scores = Score.objects.submitted().filter(review__application=OuterRef("pk"))
        found = Application.objects.filter(hub=hub, round=round, state__in=IN_THE_RUNNING)
        return found.annotate(panel_place=Subquery(own.values("place")), mean_score=Subquery(scores.means())).order_by(
            F("panel_place").asc(nulls_last=True), F("mean_score").desc(nulls_last=True), "submitted_at", "pk"
        )

    def reserves(self, hub: MathsHub | int | None, round: Round | int) -> Any:
        """Its reserve list, whoever is next first."""
        return self.candidates(hub, round).filter(state=State.RESERVED)


@tracked
class PanelOrder(models.Model):
    """Whoever has no row stands behind all who have one. A hub's rows say nothing once the application is another's."""

    hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="panel_orders")
    round = models.ForeignKey(Round, models.PROTECT, related_name="panel_orders")
    application = models.ForeignKey(Application, models.CASCADE, related_name="panel_orders")
    place = models.PositiveSmallIntegerField()

    objects = PanelOrderQuerySet.as_manager()

    class Meta:
        ordering = ("place",)
        constraints = [
            models.UniqueConstraint(fields=["hub", "application"], name="one_panel_place_a_candidate"),
            models.UniqueConstraint(
                fields=["hub", "round", "place"],
                name="one_candidate_a_panel_place",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(condition=models.Q(place__gte=1), name="panel_places_begin_with_1"),
        ]

    def __str__(self) -> str:
        return f"{self.place}. {self.application}"

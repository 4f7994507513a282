"""What moves between hubs, and who on a reserve list was passed over."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from applications.models.applications import Application
from applications.models.rounds import Round
from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.directory.models import MathsHub


class PlaceMove(models.Model):
    """Append-only: places that NCETM took from one hub of a round and gave to another."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="place_moves")
    from_hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="places_given")
    to_hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="places_received")
    number = models.PositiveSmallIntegerField()
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-at", "-pk")
        constraints = [
            models.CheckConstraint(condition=Q(number__gte=1), name="a_move_moves_a_place"),
            models.CheckConstraint(condition=~Q(from_hub=F("to_hub")), name="a_move_is_between_two_hubs"),
        ]

    def __str__(self) -> str:
        return f"{self.number} from {self.from_hub} to {self.to_hub}"


@tracked
class ReserveSkip(models.Model):
    """One who was next on a reserve list and could not be offered a place; the hub is told once of each reason."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="reserve_skips")
    why = models.TextField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("at", "pk")
        constraints = [models.UniqueConstraint(fields=["application", "why"], name="one_skip_a_reason")]

    def __str__(self) -> str:
        return f"{self.application}: {self.why}"

"""What a hub says in its letters of a round, and when they come where they come late."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.enums import Outcome
from applications.models.rounds import Round
from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.directory.models import MathsHub


@tracked
class LetterWording(models.Model):
    """The hub's own words in every letter of one outcome; without a row the letter says what NCETM wrote for it."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="letter_wordings")
    hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="letter_wordings")
    outcome = models.CharField(max_length=12, choices=Outcome)
    text = models.TextField(blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("outcome",)
        constraints = [
            models.UniqueConstraint(fields=["round", "hub", "outcome"], name="one_wording_an_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.hub}: {self.get_outcome_display()}"


class ReleaseDelayQuerySet(models.QuerySet["ReleaseDelay"]):
    def standing(self) -> Self:
        return self.filter(ended_at=None)


@tracked
class ReleaseDelay(models.Model):
    """A hub that writes later than the round's day tells its applicants when; another day replaces the first."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="release_delays")
    hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="release_delays")
    until = models.DateField()
    note = models.TextField(help_text="For the hub's applicants and NCETM")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Replaced, or taken back")

    objects = ReleaseDelayQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["round", "hub"], condition=Q(ended_at=None), name="one_standing_delay_a_hub_and_round"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hub} writes by {self.until:%d %B %Y}"

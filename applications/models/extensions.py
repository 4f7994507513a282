"""More time than the round gives: for a hub's applications, or for one person's."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Max, OuterRef, Q, Subquery

from applications.models.rounds import Round
from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.directory.models import MathsHub


class Deadlines(NamedTuple):
    """Each window ends just before its instant."""

    closes_at: datetime
    support_closes_at: datetime


class ExtensionQuerySet(models.QuerySet["Extension"]):
    def standing(self) -> Self:
        return self.filter(cancelled_at=None)

    def covering(self, *, round: int, hub: int | None, applicant: int) -> Self:
        """Those that stand and count for an application of this person to this hub, by their keys."""
        whose = Q(applicant=applicant)
        return self.standing().filter(whose if hub is None else whose | Q(hub=hub), round=round)

    def furthest(self, field: str) -> Subquery:
        """In a query of applications: the latest `field` of what covers each."""
        whose = Q(hub=OuterRef("hub")) | Q(applicant=OuterRef("applicant"))
        covering = self.standing().filter(whose, round=OuterRef("round")).order_by().values("round")
        return Subquery(covering.annotate(latest=Max(field)).values("latest"))


@tracked
class Extension(models.Model):
    """Only ever adds time: the latest of the round's instant and of every extension that stands is what counts."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="extensions")
    hub = models.ForeignKey(MathsHub, models.PROTECT, null=True, blank=True, related_name="extensions")
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="extensions"
    )
    closes_at = models.DateTimeField(null=True, blank=True, help_text="Empty: applicants have no more time")
    support_closes_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: headteachers have as long as applicants, or as long as before"
    )
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    cancel_reason = models.TextField(blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(hub__isnull=False, applicant=None) | Q(hub=None, applicant__isnull=False),
                name="extension_is_for_a_hub_or_a_person",
            ),
            models.CheckConstraint(
                condition=Q(closes_at__isnull=False) | Q(support_closes_at__isnull=False),
                name="extension_gives_time",
            ),
            models.CheckConstraint(
                condition=Q(closes_at=None) | Q(support_closes_at=None) | Q(support_closes_at__gte=F("closes_at")),
                name="extension_support_closes_with_it_or_later",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="extension_has_its_reason"),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancelled_by=None, cancel_reason="")
                | (Q(cancelled_at__isnull=False, cancelled_by__isnull=False) & ~Q(cancel_reason="")),
                name="cancelled_extension_has_who_when_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round.code}: more time for {self.hub or self.applicant}"

    @property
    def ends_at(self) -> datetime:
        return max(each for each in (self.closes_at, self.support_closes_at) if each)


def deadlines(round: Round, extensions: Iterable[Extension]) -> Deadlines:
    """What `ApplicationQuerySet.with_deadlines` says in SQL."""
    found = list(extensions)
    closes = max([round.closes_at, *(each.closes_at for each in found if each.closes_at)])
    support = [each.support_closes_at for each in found if each.support_closes_at]
    return Deadlines(closes, max([closes, round.support_deadline, *support]))

"""Whom a hub wants to see: a list beside the states, since nobody but the hub is told of it."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from applications.models.applications import Application
from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.directory.models import MathsHub


class ShortlistingQuerySet(models.QuerySet["Shortlisting"]):
    def open(self) -> Self:
        return self.filter(ended_at=None)


@tracked
class Shortlisting(models.Model):
    """From when until when a candidate is on their hub's shortlist. It says nothing at another hub."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="shortlistings")
    hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="shortlistings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ShortlistingQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["hub", "application"], condition=Q(ended_at=None), name="once_on_a_shortlist_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__gte=F("at"), ended_by__isnull=False),
                name="shortlisting_ends_by_somebody_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} on the shortlist"

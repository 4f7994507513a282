"""How a hub works on what was submitted to it: who has a case, how it was screened, what colleagues note, and the
filters that each keeps under a name."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower

from applications.enums import NoteFor, SavedPage, ScreeningOutcome
from applications.models.applications import Application
from applications.models.plans import SelectionPlan
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.directory.models import MathsHub

CORRECTED_WITHIN = timedelta(minutes=15)  # afterwards somebody may have acted on what it said


class Screening(models.Model):
    """Append-only: whether an application may go on as it is; the latest counts."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="screenings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    outcome = models.CharField(max_length=10, choices=ScreeningOutcome)
    note = models.TextField(blank=True, help_text="What is to be cleared up, or was; the applicant never sees it")

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["application", "-at", "-id"], name="screening_latest")]
        constraints = [
            models.CheckConstraint(condition=~Q(outcome=ScreeningOutcome.QUERY, note=""), name="query_says_what")
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}, said by {self.by}"


class CaseHolderQuerySet(models.QuerySet["CaseHolder"]):
    def current(self) -> Self:
        return self.filter(until_at=None)


@tracked
class CaseHolder(models.Model):
    """Who of the hub looks after an application, from a moment until another; handing on begins the next row."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="holders")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="cases")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    from_at = models.DateTimeField(default=clock.now)
    until_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = CaseHolderQuerySet.as_manager()

    class Meta:
        ordering = ("-from_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["application"], condition=Q(until_at=None), name="one_holder_at_a_time"),
            models.CheckConstraint(
                condition=Q(until_at=None, ended_by=None) | Q(until_at__isnull=False, ended_by__isnull=False),
                name="ended_case_has_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(until_at=None) | Q(until_at__gte=models.F("from_at")), name="case_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application.reference} with {self.person}"


class NoteQuerySet(models.QuerySet["Note"]):
    def visible_to(self, user: User) -> Self:
        """People of the hub that wrote it, and NCETM; those for leads and reviewers to them alone. A hub to which the
        application goes reads none of the one before. Never the applicant, whatever else they are; and no reviewer who
        reads blind, before their own scores are in."""
        found = self.exclude(application__applicant=user)
        if user.is_national:
            return found
        leads, reviews = user.hub_ids(Role.HUB_LEAD), user.hub_ids(Role.HUB_REVIEWER)
        everyone = Q(audience=NoteFor.EVERYONE, hub__in=user.hub_ids())
        found = found.filter(everyone | Q(hub__in=leads | reviews))
        blind = SelectionPlan.objects.filter(round=OuterRef("application__round"), hub=OuterRef("hub"), blind=True)
        scored = user.reviews.filter(submitted_at__isnull=False).values("application")
        unread = Q(Exists(blind), hub__in=reviews - leads) & ~Q(application__in=scored)
        return found.exclude(unread)


@tracked
class Note(models.Model):
    """What a colleague wrote on an application; its own words stay, and a correction soon after leaves the old ones in
    the history."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="notes")
    hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="+", help_text="That had it when this was written")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    text = models.TextField()
    audience = models.CharField("for", max_length=10, choices=NoteFor, default=NoteFor.SELECTION)
    corrected_at = models.DateTimeField(null=True, blank=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="note_says_something")]

    def __str__(self) -> str:
        return f"Note by {self.by}"

    @property
    def correct_until(self) -> datetime:
        return self.at + CORRECTED_WITHIN


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> Self:
        """One's own alone."""
        return self.filter(user=user)


class SavedView(models.Model):
    """Filters and order of a list, which one person keeps under a name. Without history: what is deleted is gone."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    hub = models.ForeignKey(MathsHub, models.CASCADE, related_name="+")
    page = models.CharField(max_length=12, choices=SavedPage)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=500, help_text="What stands behind the question mark of the address")

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = [
            models.UniqueConstraint("user", "hub", "page", Lower("name"), name="one_saved_view_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

"""How a hub sees a candidate besides in writing: a lesson observed, an interview held, each by two of its people."""

from collections.abc import Collection
from datetime import datetime
from typing import Self

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q

from applications.enums import AssessmentKind, AssessmentState
from applications.models.applications import Application
from applications.models.rounds import Criterion
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.common.models import Stateful, TransitionEvent
from mastery_hub.common.templatetags.moments import day, hour
from mastery_hub.directory.models import MathsHub

HIGHEST = 4


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def visible_to(self, user: User) -> Self:
        """When and where: leads and administrators of the hub, its two people, and NCETM; nobody their own."""
        found = self.exclude(application__applicant=user)
        if user.is_national:
            return found
        own = Q(hub__in=user.hub_ids()) & (Q(first=user) | Q(second=user))
        return found.filter(own | Q(hub__in=user.hub_ids(Role.HUB_LEAD, Role.HUB_ADMINISTRATOR)))

    def scored_for(self, user: User) -> Self:
        """Whose scores and notes one may read: leads of the hub, its two people, and NCETM; nobody their own."""
        found = self.exclude(application__applicant=user)
        if user.is_national:
            return found
        own = Q(hub__in=user.hub_ids()) & (Q(first=user) | Q(second=user))
        return found.filter(own | Q(hub__in=user.hub_ids(Role.HUB_LEAD)))

    def live(self) -> Self:
        return self.exclude(state=AssessmentState.CANCELLED)

    def scheduled(self) -> Self:
        return self.filter(state=AssessmentState.SCHEDULED)

    def taking_up(self, people: Collection[User], starts: datetime, ends: datetime) -> Self:
        """What any of them is booked for in that time, at whatever hub."""
        theirs = Q(first__in=people) | Q(second__in=people)
        return self.scheduled().filter(theirs, starts_at__lt=ends, ends_at__gt=starts)


@tracked
class Assessment(Stateful):
    """Its scores and notes are one record of both people, and the hub's alone."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="assessments")
    hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="assessments")
    kind = models.CharField(max_length=12, choices=AssessmentKind)
    state = models.CharField(max_length=10, choices=AssessmentState, default=AssessmentState.SCHEDULED, editable=False)
    starts_at = models.DateTimeField("begins")
    ends_at = models.DateTimeField("ends")
    place = models.CharField(max_length=200, blank=True)
    link = models.CharField(max_length=500, blank=True, validators=[URLValidator(schemes=["https"])])
    first = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    second = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    notes = models.TextField(blank=True, help_text="For the hub alone")

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ("starts_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "hub", "kind"],
                condition=~Q(state=AssessmentState.CANCELLED),
                name="one_assessment_of_a_kind",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="assessment_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(first=F("second")), name="assessment_by_two_people"),
            models.CheckConstraint(condition=~Q(place="", link=""), name="assessment_is_somewhere"),
        ]
        indexes = [models.Index(fields=["hub", "starts_at"], name="assessment_diary")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.when}"

    @property
    def people(self) -> list[User]:
        return [self.first, self.second]

    @property
    def when(self) -> str:
        """“9:30am to 10:30am on Friday 28 May 2027”, in London."""
        starts, ends = clock.london(self.starts_at), clock.london(self.ends_at)
        if starts.date() != ends.date():
            return f"{hour(starts)} on {starts:%A} {day(starts)} to {hour(ends)} on {ends:%A} {day(ends)}"
        return f"{hour(starts)} to {hour(ends)} on {starts:%A} {day(starts)}"


class AssessmentEvent(TransitionEvent):
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="events")

    class Meta:
        ordering = ("at", "pk")


@tracked
class AssessmentScore(models.Model):
    """By the scale of the reviews; a criterion may be left out, since not every lesson shows every one."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="assessment_scores")
    value = models.PositiveSmallIntegerField(help_text="0 to 4, as described in SCORE_MEANINGS")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("criterion__order",)
        constraints = [
            models.UniqueConstraint(fields=["assessment", "criterion"], name="one_assessment_score_a_criterion"),
            models.CheckConstraint(condition=Q(value__lte=HIGHEST), name="assessment_score_from_0_to_4"),
        ]

    def __str__(self) -> str:
        return str(self.value)

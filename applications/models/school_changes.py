"""A move to another school by somebody who holds a place: asked of the hub, with all that hangs on the school."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from applications.enums import ENDED, OPEN_CHANGE, SchoolChangeState
from applications.models.applications import Application
from applications.models.eligibility import NotMet
from applications.models.renewals import PledgeRenewal
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.common.models import Stateful, TransitionEvent
from mastery_hub.directory.models import MathsHub, School


class SchoolChangeQuerySet(models.QuerySet["SchoolChange"]):
    def visible_to(self, user: User) -> Self:
        """People of the hub that was asked, and of the one that it is handed on to; never one's own."""
        found = self.exclude(application__applicant=user)
        if user.is_national:
            return found
        asked_too = Q(hub_after__in=user.hub_ids(), handed_on=True)
        return found.filter(Q(hub_before__in=user.hub_ids()) | asked_too)

    def open(self) -> Self:
        return self.filter(state__in=OPEN_CHANGE)

    def to_decide(self, hub: MathsHub) -> Self:
        theirs = Q(state=SchoolChangeState.ASKED, hub_before=hub) | Q(state=SchoolChangeState.HANDED_ON, hub_after=hub)
        return self.filter(theirs).exclude(application__state__in=ENDED)


@tracked
class SchoolChange(Stateful):
    """`hub_after` is the home hub of the new school. Answers and what they do not meet are those of the day on which
    it was asked; they become the application's outcome when it is agreed."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="school_changes")
    state = models.CharField(max_length=10, choices=SchoolChangeState, default=SchoolChangeState.ASKED, editable=False)
    school_before = models.ForeignKey(School, models.PROTECT, related_name="+")
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    hub_before = models.ForeignKey(MathsHub, models.PROTECT, related_name="school_changes")
    hub_after = models.ForeignKey(MathsHub, models.PROTECT, related_name="+")
    handed_on = models.BooleanField(default=False, help_text="Whether the new school’s hub was ever asked")
    from_on = models.DateField(help_text="First day at the new school")
    job_title = models.CharField(max_length=100)
    first_name = models.CharField(max_length=80, help_text="Of the new headteacher")
    last_name = models.CharField(max_length=80)
    email = models.EmailField()
    answers = models.JSONField(default=list, help_text="As EligibilityOutcome has them")
    failures = models.JSONField(default=list, help_text="`NotMet` as JSON")
    words = models.TextField(blank=True, help_text="Why the hub should make an exception from a rule that is not met")
    asked_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True, help_text="The hub's, for the applicant")
    renewal = models.OneToOneField(
        PledgeRenewal, models.PROTECT, null=True, blank=True, related_name="school_change", help_text="The new pledge"
    )
    pledge_by = models.DateField(null=True, blank=True, help_text="Until when the new headteacher is asked to sign")

    objects = SchoolChangeQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        verbose_name = "change of school"
        verbose_name_plural = "changes of school"
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state__in=sorted(OPEN_CHANGE)),
                name="one_open_school_change_an_application",
            ),
            models.CheckConstraint(condition=~Q(school=F("school_before")), name="school_change_is_to_another_school"),
            models.CheckConstraint(
                condition=Q(
                    state__in=[SchoolChangeState.AGREED, SchoolChangeState.REFUSED],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                & ~Q(decision_reason="")
                | Q(
                    state__in=[*sorted(OPEN_CHANGE), SchoolChangeState.TAKEN_BACK],
                    decided_by=None,
                    decided_at=None,
                    decision_reason="",
                ),
                name="school_change_is_decided_or_not",
            ),
            models.CheckConstraint(
                condition=Q(state=SchoolChangeState.AGREED, pledge_by__isnull=False)
                | (~Q(state=SchoolChangeState.AGREED) & Q(renewal=None, pledge_by=None)),
                name="agreed_school_change_has_a_day_to_sign_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application.reference} to {self.school}"

    @property
    def head_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def essential(self) -> list[NotMet]:
        return [failure for failure in (NotMet(**each) for each in self.failures) if failure.essential]

    @property
    def deciding_hub(self) -> MathsHub:
        return self.hub_after if self.state == SchoolChangeState.HANDED_ON else self.hub_before

    @property
    def is_to_another_hub(self) -> bool:
        return self.hub_after_id != self.hub_before_id


class SchoolChangeEvent(TransitionEvent):
    school_change = models.ForeignKey(SchoolChange, models.CASCADE, related_name="events")

    class Meta:
        ordering = ("at", "pk")

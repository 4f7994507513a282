"""The subject leader's part, where a round asks for it besides the headteacher's: a request of the same kind."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Prefetch, Q

from applications.enums import SupportState
from applications.models.applications import Application
from applications.models.support import StatementQuerySet, SupportRequest
from mastery_hub.common.history import tracked
from mastery_hub.common.models import TransitionEvent
from mastery_hub.common.writing import Written


class SubjectLeaderSupportQuerySet(models.QuerySet["SubjectLeaderSupport"]):
    def current(self) -> Self:
        return self.exclude(state=SupportState.CANCELLED)

    def with_applications(self) -> Self:
        """Each with its people and deadlines, in one query more however many requests."""
        return self.prefetch_related(Prefetch("application", Application.objects.with_people().with_deadlines()))


@tracked
class SubjectLeaderSupport(SupportRequest):
    """To whoever leads the subject in the school or, where that is the applicant, to another senior colleague."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="leader_supports")
    role = models.CharField(max_length=80, help_text="In the school, such as head of maths")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="leader_supports"
    )
    signed_as = models.CharField(max_length=160, blank=True, help_text="The name as typed under the declaration")

    objects = SubjectLeaderSupportQuerySet.as_manager()

    class Meta:
        ordering = ("-requested_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=~Q(state=SupportState.CANCELLED), name="one_subject_leader_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state=SupportState.SIGNED) | ~Q(signed_as=""), name="signed_leader_support_has_a_name"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[SupportState.SIGNED, SupportState.DECLINED])
                | Q(answered_at__isnull=False, person__isnull=False),
                name="answered_leader_support_has_who_and_when",
            ),
            models.CheckConstraint(condition=~Q(role=""), name="subject_leader_has_a_role"),
        ]

    @property
    def role_words(self) -> str:
        """For the middle of a sentence: head of maths, but KS3 lead."""
        return self.role[0].lower() + self.role[1:] if self.role[1:2].islower() else self.role


class SubjectLeaderSupportEvent(TransitionEvent):
    support = models.ForeignKey(SubjectLeaderSupport, models.PROTECT, related_name="events")

    class Meta:
        ordering = ("at", "pk")


@tracked
class SubjectLeaderStatement(Written):
    """Confidential, as the headteacher's is."""

    what = "Your statement was"

    support = models.OneToOneField(SubjectLeaderSupport, models.CASCADE, related_name="statement")

    objects = StatementQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Statement of {self.support}"

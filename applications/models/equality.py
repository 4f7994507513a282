"""Who applies: asked of everybody, answered by those who like to, and read as national counts alone."""

from typing import Self

from django.db import models

from applications.enums import AgeGroup, Disability, Ethnicity, Sex
from applications.models.applications import Application
from mastery_hub.accounts.models import User
from mastery_hub.common import clock


class EqualityAnswersQuerySet(models.QuerySet["EqualityAnswers"]):
    def visible_to(self, user: User) -> Self:
        """One's own alone: no hub and no NCETM administrator reads a person's."""
        return self.filter(application__applicant=user)


class EqualityAnswers(models.Model):
    """Stands apart: nothing leads here from an application, so that no page of one can show it.

    Without history: what a person takes back is gone.
    """

    application = models.OneToOneField(Application, models.CASCADE, related_name="+")
    age_group = models.CharField("age", max_length=12, choices=AgeGroup, blank=True)
    sex = models.CharField(max_length=12, choices=Sex, blank=True)
    ethnicity = models.CharField("ethnic group", max_length=12, choices=Ethnicity, blank=True)
    disability = models.CharField(max_length=12, choices=Disability, blank=True)
    answered_at = models.DateTimeField(default=clock.now)

    objects = EqualityAnswersQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "equality answers"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(age_group="", sex="", ethnicity="", disability=""), name="equality_says_something"
            )
        ]

    def __str__(self) -> str:
        return "Equality answers"

"""What readers say of the pages, and what the forms refuse: counted by page and question, never by person."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from mastery_hub.common import clock


class PageFeedback(models.Model):
    """Anonymous: a reader who may be answered writes to the contact address instead."""

    route = models.CharField(max_length=100, help_text="The address by its name, never the path")
    useful = models.BooleanField("page was useful")
    plain = models.BooleanField("page was plain")
    comment = models.TextField(blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name_plural = "page feedback"
        indexes = [models.Index(fields=["route", "-at"], name="feedback_of_a_page")]

    def __str__(self) -> str:
        return f"{self.route}: {'useful' if self.useful else 'not useful'}"


class DayCountQuerySet(models.QuerySet[Any]):
    def add(self, *, count: dict[str, int], **key: Any) -> None:
        """Adds to the row of this key, made if it is the first of its day; two at once lose nothing."""
        more: dict[str, Any] = {name: F(name) + number for name, number in count.items()}
        if not self.filter(**key).update(**more):
            self.bulk_create([self.model(**key)], ignore_conflicts=True)
            self.filter(**key).update(**more)

    def since(self, day: date) -> Self:
        return self.filter(day__gte=day)


class FormCount(models.Model):
    """How often a page's form was sent on one London day, and how often it came back with errors."""

    day = models.DateField()
    route = models.CharField(max_length=100, help_text="The address by its name, never the path")
    sent = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    objects = DayCountQuerySet.as_manager()

    class Meta:
        ordering = ("-day", "route")
        constraints = [
            models.UniqueConstraint(fields=["day", "route"], name="one_form_count_a_day"),
            models.CheckConstraint(condition=Q(refused__lte=F("sent")), name="no_more_refused_than_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.route} on {self.day}: {self.refused} of {self.sent} refused"


class QuestionErrorCount(models.Model):
    """How often one question was answered with one mistake on one London day. No row holds what was typed."""

    day = models.DateField()
    route = models.CharField(max_length=100, help_text="The address by its name, never the path")
    question = models.CharField(max_length=200)
    error = models.CharField(max_length=200)
    times = models.PositiveIntegerField(default=0)

    objects = DayCountQuerySet.as_manager()

    class Meta:
        ordering = ("-day", "route", "question")
        constraints = [
            models.UniqueConstraint(fields=["day", "route", "question", "error"], name="one_error_count_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.error}"

"""A round of recruitment into a cohort, and its terms: versioned, because applications rely on them (rule 5)."""

from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from applications.enums import Importance, RoundStage, Shown
from cohorts.models import Cohort
from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.common.models import TransitionEvent, Version, VersionPart
from mastery_hub.common.templatetags.moments import day

WORDS_LEAST, WORDS_MOST = 50, 2000  # of an answer


class RoundQuerySet(models.QuerySet["Round"]):
    def published(self) -> Self:
        return self.filter(published_at__lte=clock.now())

    def open(self) -> Self:
        now = clock.now()
        return self.published().filter(opens_at__lte=now, closes_at__gt=now)

    def with_programme(self) -> Self:
        return self.select_related("cohort__programme")


@tracked
class Round(models.Model):
    """Its window is [opens_at, closes_at), to the second, in London time."""

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="rounds")
    code = models.CharField(
        max_length=20, unique=True, help_text="Stands in the address: the cohort's project code, such as NCP27-01"
    )
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    support_closes_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: headteachers have until the round closes"
    )
    outcomes_month = models.DateField(help_text="First day of the month in which applicants hear")
    releases_at = models.DateTimeField(
        null=True, blank=True, help_text="No hub releases a decision before it; empty: each when it is ready"
    )
    confirms_decisions = models.BooleanField(
        default=False, help_text="NCETM confirms what a hub proposes before the hub may release it"
    )
    reply_days = models.PositiveSmallIntegerField(default=14, help_text="Calendar days to answer an offer")
    statement_words = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        default=300,
        help_text="Longest headteacher's statement in words; empty: none is asked for",
    )
    by_nomination = models.BooleanField(
        default=False, help_text="Only teachers whom their school or a hub has nominated may begin"
    )
    asks_subject_leader = models.BooleanField(
        default=False, help_text="An application is complete only with the subject leader's support besides"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    closed_early_at = models.DateTimeField(null=True, blank=True, help_text="Those who were writing were told then")
    to_check = ArrayField(
        models.CharField(max_length=20),
        default=list,
        blank=True,
        help_text="Keys of the tasks whose answers were copied from an earlier round and have not been looked at",
    )

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ("-opens_at",)
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="round_closes_after_opening"),
            models.CheckConstraint(
                condition=Q(support_closes_at=None) | Q(support_closes_at__gte=F("closes_at")),
                name="support_closes_with_round_or_later",
            ),
            models.CheckConstraint(
                condition=Q(releases_at=None) | Q(releases_at__gte=F("closes_at")), name="decisions_follow_the_closing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cohort} ({self.code})"

    def get_absolute_url(self) -> str:
        return reverse("round_page", kwargs={"code": self.code})

    @property
    def support_deadline(self) -> datetime:
        return self.support_closes_at or self.closes_at

    def is_open(self, at: datetime | None = None, until: datetime | None = None) -> bool:
        """`until` is the closing instant of those who have more time than the round gives."""
        at, until = at or clock.now(), until or self.closes_at
        return self.published_at is not None and self.published_at <= at and self.opens_at <= at < until

    @property
    def involves_subject_leader(self) -> bool:
        """They support an application, or may be who nominates."""
        return self.asks_subject_leader or self.by_nomination

    @property
    def outcomes_words(self) -> str:
        """“in June 2027”, or “from 18 June 2027 on” where all hubs release on one day."""
        return f"from {day(self.releases_at)} on" if self.releases_at else f"in {self.outcomes_month:%B %Y}"

    @property
    def may_release(self) -> bool:
        return self.releases_at is None or clock.now() >= self.releases_at

    @property
    def has_opened(self) -> bool:
        return clock.now() >= self.opens_at

    @property
    def stage(self) -> RoundStage:
        now = clock.now()
        if self.published_at is None or self.published_at > now:
            return RoundStage.SETTING_UP
        if now < self.opens_at:
            return RoundStage.PUBLISHED
        return RoundStage.OPEN if now < self.closes_at else RoundStage.CLOSED

    @property
    def is_relied_upon(self) -> bool:
        """Somebody has begun an application: from then on changes are made in versions, and dates move one way."""
        return self.applications.exists()

    @property
    def current_terms(self) -> "RoundTerms | None":
        """The version in force."""
        return self.terms.in_force().order_by("-version").first()

    @property
    def working_terms(self) -> "RoundTerms | None":
        """The next version, while NCETM writes it."""
        return self.terms.working().first()

    @property
    def current_document(self) -> "InformationDocument | None":
        return self.documents.order_by("-version").first()


@tracked
class RoundTerms(Version):
    """One version of a round's criteria and questions; an application keeps the version it was submitted under."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="terms")
    changes = models.JSONField(
        default=list, blank=True, help_text="What changed against the version before, as applicants were told"
    )

    class Meta:
        ordering = ("round", "-version")
        verbose_name_plural = "round terms"
        constraints = [
            models.UniqueConstraint(fields=["round", "version"], name="one_terms_a_version"),
            models.UniqueConstraint(
                fields=["round"], condition=Q(published_at=None), name="one_working_copy_of_terms_a_round"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round.code}, terms version {self.version}"

    @property
    def is_relied_upon(self) -> bool:
        return self.applications.exists()


@tracked
class Criterion(VersionPart):
    """What the round looks for. Evidenced criteria are scored; declared and confirmed ones are ticks."""

    terms = models.ForeignKey(RoundTerms, models.CASCADE, related_name="criteria")
    text = models.TextField()
    importance = models.CharField(max_length=10, choices=Importance)
    shown = models.CharField("how it is shown", max_length=12, choices=Shown)
    declaration = models.TextField(
        "sentence to confirm", blank=True, help_text="The sentence to confirm, where it is declared or confirmed"
    )
    guidance = models.TextField(blank=True)
    weight = models.PositiveSmallIntegerField(
        default=1, help_text="How much its score counts when applications are compared"
    )
    allows_document = models.BooleanField("supporting document", default=False)

    class Meta:
        ordering = ("order",)
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(
                fields=["terms", "order"], name="criteria_in_order", deferrable=models.Deferrable.IMMEDIATE
            ),
            models.UniqueConstraint(fields=["terms", "key"], name="criteria_keyed"),
            models.CheckConstraint(condition=Q(shown="evidenced") | ~Q(declaration=""), name="a_tick_has_its_sentence"),
            models.CheckConstraint(condition=Q(weight__gte=1), name="criterion_counts_at_least_once"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_essential(self) -> bool:
        return self.importance == Importance.ESSENTIAL


@tracked
class Question(VersionPart):
    """One question in writing; its answer may serve several criteria, which are scored apart."""

    terms = models.ForeignKey(RoundTerms, models.CASCADE, related_name="questions")
    text = models.TextField()
    guidance = models.TextField(blank=True)
    word_limit = models.PositiveSmallIntegerField()
    criteria = models.ManyToManyField(Criterion, related_name="questions")

    class Meta:
        ordering = ("order",)
        constraints = [
            models.UniqueConstraint(
                fields=["terms", "order"], name="questions_in_order", deferrable=models.Deferrable.IMMEDIATE
            ),
            models.UniqueConstraint(fields=["terms", "key"], name="questions_keyed"),
            models.CheckConstraint(
                condition=Q(word_limit__gte=WORDS_LEAST, word_limit__lte=WORDS_MOST), name="word_limit_is_sensible"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class InformationDocument(models.Model):
    """The document an applicant must have read: its words as published, so that a later change is a later version."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="documents")
    version = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=150)
    body = models.TextField(help_text="Markdown")
    changes = models.TextField(blank=True, help_text="What changed since the version before, for those who read that")
    published_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("round", "-version")
        constraints = [models.UniqueConstraint(fields=["round", "version"], name="one_document_a_version")]

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"


class RoundEvent(TransitionEvent):
    """Append-only: what NCETM did to a round. Its states are the stages before and after."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="events")
    changes = models.TextField(blank=True, help_text="What changed, a line each")

    class Meta:
        ordering = ("-at", "-pk")

"""What an applicant is asked before anything else, what came of it, and the exceptions that hubs make."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from applications.enums import ENDED, OPEN_EXCEPTION, AnswerKind, EligibilityImportance, ExceptionState
from applications.models.rounds import Round, RoundTerms
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.common.models import Stateful, TransitionEvent, VersionPart, key_new
from mastery_hub.directory.models import MathsHub

Value = str | int  # "yes" or "no", a whole number, or one of the options
WRITTEN = ("text", "guidance", "kind", "least", "options", "accepted", "importance", "not_met")


@dataclass(frozen=True)
class NotMet:
    """A rule, the answer that fails it, and what to do instead; `whose` names the hub whose own rule it is."""

    key: str
    question: str
    answer: str
    message: str
    essential: bool
    whose: str = ""

    @property
    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Rule(models.Model):
    """One question with its rule: yes, a number at least, or one of some options. `key` names it in answers."""

    if TYPE_CHECKING:
        key: Any

    text = models.CharField("question", max_length=300)
    guidance = models.TextField(blank=True)
    kind = models.CharField("kind of answer", max_length=10, choices=AnswerKind)
    least = models.PositiveSmallIntegerField("at least", null=True, blank=True)
    options = ArrayField(
        models.CharField(max_length=100), verbose_name="answers to choose from", default=list, blank=True
    )
    accepted = ArrayField(
        models.CharField(max_length=100), verbose_name="answers that meet it", default=list, blank=True
    )
    importance = models.CharField(max_length=10, choices=EligibilityImportance, default=EligibilityImportance.ESSENTIAL)
    not_met = models.TextField("what somebody who does not meet it is told")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=AnswerKind.NUMBER, least__isnull=False) | (~Q(kind=AnswerKind.NUMBER) & Q(least=None)),
                name="%(class)s_number_has_its_least",
            ),
            models.CheckConstraint(
                condition=(Q(kind=AnswerKind.CHOICE, accepted__contained_by=F("options")) & ~Q(accepted=[]))
                | (~Q(kind=AnswerKind.CHOICE) & Q(options=[], accepted=[])),
                name="%(class)s_choice_has_its_options",
            ),
            models.CheckConstraint(condition=~Q(not_met=""), name="%(class)s_says_what_to_do_instead"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_essential(self) -> bool:
        return self.importance == EligibilityImportance.ESSENTIAL

    @property
    def whose(self) -> str:
        """The hub whose own rule it is, by name; empty for a national one."""
        return ""

    @property
    def written(self) -> dict[str, Any]:
        """All that somebody wrote of it, by the names of the fields."""
        return {name: getattr(self, name) for name in WRITTEN}

    @property
    def in_words(self) -> str:
        if self.kind == AnswerKind.NUMBER:
            return f"At least {self.least}"
        return "Yes" if self.kind == AnswerKind.YES_NO else " or ".join(self.accepted)

    def takes(self, value: Any) -> bool:
        """Whether this is an answer at all."""
        if self.kind == AnswerKind.NUMBER:
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return value in (self.options if self.kind == AnswerKind.CHOICE else ("yes", "no"))

    def is_met_by(self, value: Value) -> bool:
        if self.kind == AnswerKind.NUMBER:
            return int(value) >= (self.least or 0)
        return value in (self.accepted if self.kind == AnswerKind.CHOICE else ("yes",))

    def answer_in_words(self, value: Value) -> str:
        return str(value).capitalize() if self.kind == AnswerKind.YES_NO else str(value)


@tracked
class EligibilityQuestion(VersionPart, Rule):
    """A national one: it belongs to one version of the round's terms."""

    terms = models.ForeignKey(RoundTerms, models.CASCADE, related_name="eligibility_questions")

    class Meta(Rule.Meta):
        ordering = ("order",)
        constraints = [
            *Rule.Meta.constraints,
            models.UniqueConstraint(
                fields=["terms", "order"],
                name="eligibility_questions_in_order",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            models.UniqueConstraint(fields=["terms", "key"], name="eligibility_questions_keyed"),
        ]


class HubRuleQuerySet(models.QuerySet["HubRule"]):
    def at(self, moment: datetime) -> Self:
        return self.filter(Q(until_at=None) | Q(until_at__gt=moment), from_at__lte=moment)


@tracked
class HubRule(Rule):
    """A hub's own, from a moment until another: drafts go by what is in force, what was submitted by what was then."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="hub_rules")
    hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="rules")
    key = models.CharField(max_length=12, default=key_new, editable=False)
    from_at = models.DateTimeField(default=clock.now)
    until_at = models.DateTimeField(null=True, blank=True)

    objects = HubRuleQuerySet.as_manager()

    class Meta(Rule.Meta):
        ordering = ("from_at", "pk")
        indexes = [models.Index(fields=["round", "hub"], name="hub_rules_of_a_round")]
        constraints = [
            *Rule.Meta.constraints,
            models.CheckConstraint(
                condition=Q(until_at=None) | Q(until_at__gt=F("from_at")), name="hub_rule_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["round", "hub", "key"], condition=Q(until_at=None), name="one_hub_rule_of_a_key_in_force"
            ),
        ]

    @property
    def whose(self) -> str:
        return str(self.hub)

    @property
    def is_relied_upon(self) -> bool:
        """Somebody's answer counts for it as it stands, be it one given before: from then on it is ended, never
        overwritten. Nobody submits without, so whatever was submitted under it is counted too."""
        answered = EligibilityOutcome.objects.filter(hub=self.hub_id, application__round=self.round_id)
        return answered.filter(answers__contains=[{"key": self.key, "question": self.text}]).exists()


class EligibilityOutcome(models.Model):
    """Append-only: what was answered and what was not met, in the words of that day; the latest counts."""

    application = models.ForeignKey("Application", models.CASCADE, related_name="eligibility_outcomes")
    terms = models.ForeignKey(RoundTerms, models.PROTECT, related_name="+")
    hub = models.ForeignKey(MathsHub, models.PROTECT, null=True, blank=True, related_name="+")
    answers = models.JSONField(default=list, help_text="Key, question, value and answer in words, one after another")
    failures = models.JSONField(default=list, help_text="`NotMet` as JSON")
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["application", "-at"], name="eligibility_outcome_latest")]

    def __str__(self) -> str:
        return f"{self.application_id}, {self.at:%d %B %Y}: {len(self.failures)} not met"

    @property
    def not_met(self) -> list[NotMet]:
        return [NotMet(**failure) for failure in self.failures]

    @property
    def essential(self) -> list[NotMet]:
        return [failure for failure in self.not_met if failure.essential]


class EligibilityExceptionQuerySet(models.QuerySet["EligibilityException"]):
    def visible_to(self, user: User) -> Self:
        """The hub's people, of drafts too, but for the reasons (`can_read_reason`); never one's own."""
        found = self.exclude(application__applicant=user)
        return found if user.is_national else found.filter(hub__in=user.hub_ids())

    def current(self) -> Self:
        return self.exclude(state=ExceptionState.CANCELLED)

    def to_decide(self) -> Self:
        return self.filter(state=ExceptionState.ASKED).exclude(application__state__in=ENDED)


@tracked
class EligibilityException(Stateful):
    """Asked of one hub for the essential rules that `outcome` says are not met."""

    application = models.ForeignKey("Application", models.PROTECT, related_name="exceptions")
    outcome = models.ForeignKey(EligibilityOutcome, models.PROTECT, related_name="exceptions")
    hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="exceptions")
    state = models.CharField(max_length=10, choices=ExceptionState, default=ExceptionState.ASKED, editable=False)
    reason = models.TextField(help_text="The applicant's")
    asked_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True, help_text="The hub's, for the applicant")

    objects = EligibilityExceptionQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-pk")
        verbose_name = "exception"
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state__in=sorted(OPEN_EXCEPTION)),
                name="one_open_exception_an_application",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None, decision_reason="")
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decision_reason="")),
                name="decided_exception_has_who_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(state=ExceptionState.CANCELLED)
                | Q(state=ExceptionState.ASKED, decided_by=None)
                | Q(state__in=[ExceptionState.GRANTED, ExceptionState.REFUSED], decided_by__isnull=False),
                name="exception_is_decided_or_not",
            ),
        ]

    def __str__(self) -> str:
        return f"Exception for {self.application.reference}"

    def covers(self, failures: list[NotMet]) -> bool:
        return all(failure in self.outcome.essential for failure in failures)


class EligibilityExceptionEvent(TransitionEvent):
    exception = models.ForeignKey(EligibilityException, models.CASCADE, related_name="events")

    class Meta:
        ordering = ("at", "pk")

"""The eligibility questions, as they are asked before signing up and in an application; asking for an exception,
deciding on it, and writing a hub's own rules."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import ValidationError

from applications.enums import AnswerKind, EligibilityImportance
from applications.forms.applicant import YES_NO, SectionForm
from applications.forms.terms import PartForm
from applications.models.eligibility import HubRule, NotMet, Rule, Value
from applications.services.eligibility import rule_name
from applications.services.hub_rules import rule_seen
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.helper import Button, Group
from mastery_hub.common.forms.look import Look
from mastery_hub.common.writing import SeenForm
from mastery_hub.directory.forms.schools import SchoolButtonMixin, SchoolField

LONGEST_OPTION = 100
LARGEST = 9999  # nobody has taught for as many years, nor on as many days


def rule_field(rule: Rule, value: Value | None) -> forms.Field:
    told: dict[str, Any] = {"label": rule.text, "help_text": rule.guidance, "initial": value}
    if rule.kind == AnswerKind.NUMBER:
        whole = f"Enter a whole number for “{rule.text}”"
        wrong = {"required": whole, "invalid": whole, "min_value": whole, "max_value": whole}
        return forms.IntegerField(min_value=0, max_value=LARGEST, error_messages=wrong, **told)
    choices = YES_NO if rule.kind == AnswerKind.YES_NO else [(option, option) for option in rule.options]
    wrong = {"required": f"Select an answer to “{rule.text}”"}
    return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, error_messages=wrong, **told)


class RulesMixin:
    """A form with a field for each rule, the nation's first and then, under its name, a hub's own."""

    fields: dict[str, forms.Field]
    looks: Mapping[str, Look]
    cleaned_data: dict[str, Any]

    def ask(self, rules: Iterable[Rule], values: Mapping[str, Value]) -> None:
        self.rules = {rule_name(rule.key): rule for rule in rules}
        for name, rule in self.rules.items():
            self.fields[name] = rule_field(rule, values.get(rule.key))
        self.looks = {name: self._look(rule) for name, rule in self.rules.items()}

    def _look(self, rule: Rule) -> Look:
        if rule.kind == AnswerKind.NUMBER:
            return Look(width=4, inputmode="numeric")
        return Look(inline=rule.kind == AnswerKind.YES_NO)

    def arranged(self) -> list[Any]:
        national = [name for name, rule in self.rules.items() if not rule.whose]
        own: dict[str, list[str]] = {}
        for name, rule in self.rules.items():
            if rule.whose:
                own.setdefault(rule.whose, []).append(name)
        groups = [Group(f"Asked by {hub}", *names, hint="The hub’s own rules") for hub, names in own.items()]
        return [*national, *groups]

    @property
    def answers(self) -> dict[str, Value]:
        """Those that were given."""
        given = {rule.key: self.cleaned_data.get(name) for name, rule in self.rules.items()}
        return {key: value for key, value in given.items() if value not in (None, "")}


class CheckForm(RulesMixin, GovukForm):
    """Before anybody signs up."""

    button = "Check"

    def __init__(self, *args: Any, rules: Sequence[Rule], values: Mapping[str, Value], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask(rules, values)
        self.layout = Layout(*self.arranged())


class CheckSchoolForm(SchoolButtonMixin, GovukForm):
    school = SchoolField(label="Which school do you work in?", buttons=("Search", "Choose this school"))


class EligibilityForm(RulesMixin, SeenForm, SectionForm):
    def __init__(self, *args: Any, rules: Sequence[Rule], values: Mapping[str, Value], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask(rules, values)
        self.layout = Layout("seen", *self.arranged())


class ExceptionForm(SectionForm):
    reason = forms.CharField(
        label="Why should the hub make an exception?",
        help_text="Your Maths Hub reads this. Say what it could not know from your answers.",
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": "Say why the hub should make an exception"},
    )
    looks = {"reason": Look(rows=8)}
    extra_buttons: Sequence[Button] = ()
    button = "Ask for the exception"


class ExceptionDecisionForm(GovukForm):
    answer = forms.ChoiceField(
        label="What do you decide?",
        choices=(("grant", "Make the exception"), ("refuse", "Refuse it")),
        widget=forms.RadioSelect,
        error_messages={"required": "Select whether you make the exception"},
    )
    reason = forms.CharField(
        label="Why?",
        help_text="The applicant reads this, exactly as you write it.",
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": "Write why: the applicant reads it"},
    )
    looks = {
        "answer": Look(
            hints={
                "grant": "The application goes on as any other.",
                "refuse": "No place can be given. A submitted application is then decided as unsuccessful.",
            }
        ),
        "reason": Look(rows=5),
    }
    button = "Confirm your decision"


class EligibilityQuestionForm(PartForm):
    """One rule for each kind of answer; `options` has an answer on each line, those that meet the rule with a star."""

    text = forms.CharField(label="Question", max_length=300, error_messages={"required": "Enter the question"})
    guidance = forms.CharField(required=False, max_length=1000, widget=forms.Textarea)
    kind = forms.ChoiceField(
        label="How is it answered?",
        choices=AnswerKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select how it is answered"},
    )
    least = forms.IntegerField(
        label="The smallest number that meets it",
        min_value=0,
        max_value=LARGEST,
        error_messages={"required": "Enter the smallest number that meets it"},
    )
    options = forms.CharField(
        label="The answers",
        help_text="One on each line. Put a star before those that meet the rule: * By one school",
        max_length=1000,
        widget=forms.Textarea,
        error_messages={"required": "Enter the answers, one on each line"},
    )
    importance = forms.ChoiceField(
        choices=EligibilityImportance.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select how important it is"},
    )
    not_met = forms.CharField(
        label="What is somebody told who does not meet it?",
        help_text="Say why, and what to do instead",
        max_length=1000,
        widget=forms.Textarea,
        error_messages={"required": "Say why, and what to do instead"},
    )
    looks = {
        "guidance": Look(rows=2),
        "kind": Look(
            conditional={AnswerKind.NUMBER.value: "least", AnswerKind.CHOICE.value: "options"},
            hints={AnswerKind.YES_NO.value: "Yes meets the rule"},
        ),
        "least": Look(width=4, inputmode="numeric"),
        "options": Look(rows=4),
        "importance": Look(
            hints={"essential": "Who does not meet it needs the hub’s exception", "advisory": "It stops nobody"}
        ),
        "not_met": Look(rows=3),
    }

    @classmethod
    def as_typed(cls, part: Any) -> dict[str, Any]:
        values = super().as_typed(part)
        accepted = values.pop("accepted")
        lines = [f"* {option}" if option in accepted else option for option in values["options"]]
        return values | {"options": "\n".join(lines)}

    def clean_options(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["options"].splitlines() if line.strip()]
        named = [line.removeprefix("*").strip() for line in lines]
        if lines and not (any(line.startswith("*") for line in lines) and len(lines) > 1):
            raise ValidationError("Enter at least two answers, with a star before those that meet the rule")
        if len(set(named)) < len(named) or not all(0 < len(name) <= LONGEST_OPTION for name in named):
            raise ValidationError(f"Each answer must be different, and {LONGEST_OPTION} characters or fewer")
        return "\n".join(lines)

    @property
    def values(self) -> dict[str, Any]:
        said = super().values
        lines = said["options"].splitlines()
        named = {line.removeprefix("*").strip(): line.startswith("*") for line in lines}
        return said | {"options": list(named), "accepted": [name for name, meets in named.items() if meets]}


class HubRuleForm(EligibilityQuestionForm):
    """A hub's own, with the same rules as the nation's questions."""

    changed_words = "Another lead of your hub has saved this in the meantime"

    @classmethod
    def seen_of(cls, part: Any) -> str:
        return rule_seen(part)

    @classmethod
    def written_of(cls, part: HubRule) -> dict[str, Any]:
        return part.written


def words_of(failures: Iterable[NotMet]) -> list[dict[str, str]]:
    """For components/summary_list.html: each rule that is not met, with the answer."""
    return [
        {"key": failure.question, "value": failure.answer + (f"\n{failure.whose}’s own rule" if failure.whose else "")}
        for failure in failures
    ]

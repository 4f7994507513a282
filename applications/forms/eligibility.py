"""The eligibility questions, as they are asked before signing up and in an application; asking for an exception,
deciding on it, and writing a hub's own rules."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crispy_forms.layout import Layout
from django import forms

from applications.enums import AnswerKind
from applications.forms.applicant import YES_NO, SectionForm
from applications.models.eligibility import NotMet, Rule, Value
from applications.services.eligibility import rule_name
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.helper import Button, Group
from mastery_hub.common.forms.look import Look
from mastery_hub.common.writing import SeenForm
from mastery_hub.directory.forms.schools import SchoolButtonMixin, SchoolField

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


def words_of(failures: Iterable[NotMet]) -> list[dict[str, str]]:
    """For components/summary_list.html: each rule that is not met, with the answer."""
    return [
        {"key": failure.question, "value": failure.answer + (f"\n{failure.whose}’s own rule" if failure.whose else "")}
        for failure in failures
    ]

"""Taking a place along to another school: what the applicant tells, and what a hub decides."""

from collections.abc import Mapping, Sequence
from typing import Any

from crispy_forms.layout import Layout
from django import forms

from applications.enums import SchoolChangeAction
from applications.forms.applicant import HeadteacherForm
from applications.forms.eligibility import RulesMixin
from applications.models.eligibility import Rule, Value
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.fields import DateField
from mastery_hub.common.forms.helper import Group
from mastery_hub.common.forms.look import Look
from mastery_hub.common.forms.validators import name_validator
from mastery_hub.directory.forms.schools import SchoolField

HEAD = ("first_name", "last_name", "email")


class SchoolChangeForm(RulesMixin, GovukForm):
    """Everything that hangs on the school is asked again: where, from when, as what, under whom, and the rules."""

    school = SchoolField(label="Which school are you moving to?")
    from_on = DateField(
        label="What is your first day there?", error_messages={"required": "Enter your first day there"}
    )
    job_title = forms.CharField(
        label="What will your role be?", max_length=100, error_messages={"required": "Enter what your role will be"}
    )
    first_name = forms.CharField(
        label="Their first name",
        max_length=80,
        validators=[name_validator],
        error_messages={"required": "Enter the new headteacher’s first name"},
    )
    last_name = forms.CharField(
        label="Their last name",
        max_length=80,
        validators=[name_validator],
        error_messages={"required": "Enter the new headteacher’s last name"},
    )
    email = forms.EmailField(
        label="Their email address",
        max_length=254,
        help_text=HeadteacherForm.base_fields["email"].help_text,
        error_messages={"required": "Enter the new headteacher’s email address"},
    )
    words = forms.CharField(
        label="Why should your hub make an exception? (optional)",
        help_text="Only if a rule is not met at the new school. Your hub reads this.",
        max_length=2000,
        required=False,
        widget=forms.Textarea,
    )
    button = "Tell your hub"

    def __init__(self, *args: Any, rules: Sequence[Rule], values: Mapping[str, Value], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask(rules, values)
        own = {
            "job_title": Look(width="two-thirds"),
            "first_name": Look(width="two-thirds", spellcheck=False, autocomplete="off"),
            "last_name": Look(width="two-thirds", spellcheck=False, autocomplete="off"),
            "email": Look(autocomplete="off"),
            "words": Look(rows=4),
        }
        self.looks = own | dict(self.looks)
        hint = "We ask them to sign once your hub has agreed"
        asked = [Group("Eligibility", *self.arranged(), hint="As it will be at the new school")] if rules else []
        head = Group("Your new headteacher", *HEAD, hint=hint)
        self.layout = Layout("school", "from_on", "job_title", head, *asked, "words")

    @property
    def head(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in HEAD}


class SchoolChangeDecisionForm(GovukForm):
    answer = forms.ChoiceField(
        label="What do you decide?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select what you decide"},
    )
    reason = forms.CharField(
        label="Why?",
        help_text="The applicant reads this, exactly as you write it.",
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": "Write why: the applicant reads it"},
    )
    looks = {"reason": Look(rows=5)}
    button = "Confirm your decision"

    def __init__(self, *args: Any, actions: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].choices = [(action, SchoolChangeAction(action).label) for action in actions]

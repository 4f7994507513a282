"""What is asked of whoever nominates a teacher, and of the teacher."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms

from applications.forms.asked import NO_ADDRESS, ROLE_ALONE
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.helper import Group
from mastery_hub.common.forms.look import Look
from mastery_hub.common.forms.validators import name_validator
from mastery_hub.directory.forms.schools import SchoolField

NAMES = ("first_name", "last_name")
OWN_NAMES = ("own_first_name", "own_last_name")


def _name(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=80,
        validators=[name_validator, NO_ADDRESS],
        error_messages={"required": f"Enter {label[0].lower()}{label[1:]}"},
    )


class NomineeForm(GovukForm):
    first_name = _name("The teacher’s first name")
    last_name = _name("The teacher’s last name")
    email = forms.EmailField(
        label="The teacher’s email address",
        max_length=254,
        help_text="Their own work address. They sign in with it to accept.",
        error_messages={"required": "Enter the teacher’s email address"},
    )
    looks = {
        "first_name": Look(width="two-thirds", spellcheck=False, autocomplete="off"),
        "last_name": Look(width="two-thirds", spellcheck=False, autocomplete="off"),
        "email": Look(width="two-thirds", spellcheck=False, autocomplete="off"),
    }
    button = "Save"


class NominateForm(NomineeForm):
    """By a lead of a hub."""

    reason = forms.CharField(
        label="Why do you nominate this teacher?",
        help_text="The teacher and their Maths Hub read this.",
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": "Say why you nominate this teacher"},
    )
    looks = NomineeForm.looks | {"reason": Look(rows=5, spellcheck=True)}
    button = "Nominate this teacher"

    @property
    def layout(self) -> Layout:  # type: ignore[override]
        return Layout(Group("The teacher", *NAMES, "email", "reason"))


class SchoolNominateForm(NominateForm):
    """By somebody of a school's staff, whose own name is asked for where it is not known."""

    own_first_name = _name("Your first name")
    own_last_name = _name("Your last name")
    school = SchoolField(label="Which school do you and the teacher work in?")
    role = forms.CharField(
        label="Your role in the school",
        max_length=80,
        help_text="For example, headteacher or head of maths",
        validators=[ROLE_ALONE],
        error_messages={"required": "Enter your role in the school"},
    )
    looks = NominateForm.looks | {
        "own_first_name": Look(width="two-thirds", spellcheck=False, autocomplete="given-name"),
        "own_last_name": Look(width="two-thirds", spellcheck=False, autocomplete="family-name"),
        "role": Look(width="two-thirds", autocomplete="organization-title"),
    }

    def __init__(self, *args: Any, knows_name: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if knows_name:
            for name in OWN_NAMES:
                del self.fields[name]
        self.own = [name for name in (*OWN_NAMES, "school", "role") if name in self.fields]
        self.order_fields([*self.own, *NAMES, "email", "reason"])

    @property
    def layout(self) -> Layout:  # type: ignore[override]
        return Layout(Group("You", *self.own), Group("The teacher", *NAMES, "email", "reason"))

    @property
    def own_names(self) -> dict[str, str]:
        """Empty where they are known."""
        said = self.cleaned_data
        return {name: said[own] for name, own in zip(NAMES, OWN_NAMES, strict=True) if own in said}

    @property
    def told(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("school", "role", *NAMES, "email", "reason")}


class NominationWithdrawForm(GovukForm):
    button = "Withdraw the nomination"
    warning = True


class NominationDeclineForm(GovukForm):
    reason = forms.CharField(
        label="Why do you decline?",
        help_text="Whoever nominated you reads this.",
        max_length=1000,
        widget=forms.Textarea,
        error_messages={"required": "Say why you decline"},
    )
    looks = {"reason": Look(rows=4)}
    button = "Decline the nomination"
    warning = True

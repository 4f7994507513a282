"""Asking a subject leader, and what a subject leader writes, declares and signs."""

from typing import Any

from django import forms

from applications.forms.applicant import HeadteacherForm
from applications.forms.asked import NO_ADDRESS, ROLE_ALONE
from applications.models import Application
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.look import Look


class SubjectLeaderForm(HeadteacherForm):
    role = forms.CharField(
        label="Their role in the school",
        help_text="For example, head of maths",
        max_length=80,
        validators=[ROLE_ALONE],
        error_messages={"required": "Enter their role in the school"},
    )
    looks = HeadteacherForm.looks | {"role": Look(width="two-thirds", autocomplete="off")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in (("first_name", "first name"), ("last_name", "last name"), ("email", "email address")):
            self.fields[name].label = f"Their {words}"
            self.fields[name].error_messages["required"] = f"Enter their {words}"
            if name != "email":
                self.fields[name].validators.append(NO_ADDRESS)
        self.order_fields(["first_name", "last_name", "role", "email"])


class LeaderSignForm(GovukForm):
    """`statement_problem` says what is still wrong with the statement, so that every problem shows at once."""

    role = forms.CharField(
        label="Your role in the school",
        max_length=80,
        error_messages={"required": "Enter your role in the school"},
    )
    declared = forms.BooleanField(error_messages={"required": "Confirm this, or decline to support"})
    signed_as = forms.CharField(
        label="Your full name",
        help_text="Typing your name here is your signature.",
        max_length=160,
        error_messages={"required": "Type your full name to sign"},
    )
    looks = {
        "role": Look(width="two-thirds", autocomplete="organization-title"),
        "signed_as": Look(width="two-thirds", autocomplete="name", spellcheck=False),
    }
    button = "Sign and send"

    def __init__(self, *args: Any, application: Application, statement_problem: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.statement_problem = statement_problem
        self.fields[
            "declared"
        ].label = f"I know the work of {application.applicant} in the department, and I support the application"

    def clean(self) -> None:
        if self.statement_problem:
            self.add_error(None, self.statement_problem)

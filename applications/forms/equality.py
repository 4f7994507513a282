"""Who applies, asked after submitting; nothing of it is required."""

from typing import Any

from django import forms

from applications.enums import AgeGroup, Disability, Ethnicity, Sex
from applications.models import EqualityAnswers
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.helper import Button

REMOVE = Button("Remove my answers", name="remove")


def asked(label: str, choices: type[Any], help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, help_text=help_text, choices=choices.choices, widget=forms.RadioSelect, required=False
    )


class EqualityForm(GovukForm):
    age_group = asked("How old are you?", AgeGroup)
    sex = asked("What is your sex?", Sex)
    ethnicity = asked("What is your ethnic group?", Ethnicity)
    disability = asked(
        "Are you disabled?",
        Disability,
        "You are disabled if a physical or mental condition has a substantial and long-term effect on what you can do",
    )
    button = "Save my answers"
    mark_optional = False

    def __init__(self, *args: Any, answers: EqualityAnswers | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if answers:
            self.initial = {name: getattr(answers, name) for name in self.fields}
            self.extra_buttons = (REMOVE,)

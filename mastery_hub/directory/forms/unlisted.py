"""Typing in a school that the register does not hold."""

import re
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.look import Look
from mastery_hub.common.forms.validators import NAME
from mastery_hub.directory.enums import PhaseOfEducation
from mastery_hub.directory.models import LocalAuthority, School
from mastery_hub.directory.services.unlisted import SchoolTold

POSTCODE = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})")
PHASES = [
    (PhaseOfEducation.NURSERY, "Nursery"),
    (PhaseOfEducation.PRIMARY, "Primary, infant or junior"),
    (PhaseOfEducation.MIDDLE_PRIMARY, "Middle, deemed primary"),
    (PhaseOfEducation.MIDDLE_SECONDARY, "Middle, deemed secondary"),
    (PhaseOfEducation.SECONDARY, "Secondary"),
    (PhaseOfEducation.ALL_THROUGH, "All-through"),
    (PhaseOfEducation.SIXTEEN_PLUS, "16 plus"),
    (PhaseOfEducation.NOT_APPLICABLE, "None of these, such as a special school"),
]


def one_line(text: str) -> str:
    """Without what is not seen: line ends, and characters that would turn the words around them about."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def told_in_letters(what: str) -> list[RegexValidator]:
    return [
        RegexValidator(r"[^\W\d_]", f"Enter {what} in letters"),
        RegexValidator(NAME, f"Enter {what} without symbols such as / : @ < >"),
    ]


class UnlistedSchoolForm(GovukForm):
    """Once an authority is chosen that hubs share by district, the district is asked for too."""

    name = forms.CharField(
        label="Name of the school",
        max_length=200,
        validators=told_in_letters("the name of the school"),
        error_messages={"required": "Enter the name of the school"},
    )
    town = forms.CharField(
        label="Town, city or village",
        max_length=100,
        validators=told_in_letters("the town, city or village"),
        error_messages={"required": "Enter the town, city or village"},
    )
    postcode = forms.CharField(
        required=False, max_length=20, error_messages={"max_length": "Enter a full postcode, like LS1 4AP"}
    )
    authority = forms.ModelChoiceField(
        LocalAuthority.objects.none(),
        label="Local authority",
        help_text="The council that the school is in. It decides your home Maths Hub.",
        empty_label="Select a local authority",
        error_messages={"required": "Select the local authority"},
    )
    district = forms.ChoiceField(label="District", error_messages={"required": "Select the district"})
    phase = forms.TypedChoiceField(
        label="What kind of school is it?",
        choices=PHASES,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Select what kind of school it is"},
    )
    state_funded = forms.ChoiceField(
        label="Is it a state-funded school?",
        help_text="Academies, free schools and schools of a council are. Independent schools, which charge fees, "
        "are not.",
        choices=[("yes", "Yes"), ("no", "No")],
        widget=forms.RadioSelect,
        error_messages={"required": "Select whether it is a state-funded school"},
    )

    looks = {
        "name": Look(autocomplete="organization", spellcheck=False),
        "town": Look(width="two-thirds", autocomplete="address-level2", spellcheck=False),
        "postcode": Look(width=10, autocomplete="postal-code", spellcheck=False),
        "state_funded": Look(inline=True),
    }

    def __init__(self, *args: Any, school: School | None = None, **kwargs: Any) -> None:
        """`school` is the one typed in before, to be corrected."""
        if school:
            kwargs["initial"] = self._told(school) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["authority"].queryset = LocalAuthority.objects.current()
        districts = authority.districts_to_tell() if (authority := self._authority()) else []
        if districts:
            field = self.fields["district"]
            field.choices = [("", "Select a district"), *((name, name) for name in districts)]
            field.help_text = f"{authority} has more than one Maths Hub."
            field.error_messages["required"] = f"Select the district: {authority} has more than one Maths Hub"
        else:
            del self.fields["district"]

    @staticmethod
    def _told(school: School) -> dict[str, Any]:
        names = ("name", "town", "postcode", "authority", "district", "phase")
        return {name: getattr(school, name) for name in names} | {
            "state_funded": "yes" if school.is_state_funded else "no"
        }

    def _authority(self) -> LocalAuthority | None:
        field = self.fields["authority"]
        try:
            return field.to_python(self["authority"].value())
        except forms.ValidationError:
            return None

    def clean_name(self) -> str:
        return self._words("name")

    def clean_town(self) -> str:
        return self._words("town")

    def _words(self, name: str) -> str:
        words = one_line(self.cleaned_data[name])
        if not words:
            raise forms.ValidationError(self.fields[name].error_messages["required"], code="required")
        return words

    def clean_postcode(self) -> str:
        typed = re.sub(r"\s", "", self.cleaned_data["postcode"]).upper()
        if not typed:
            return ""
        found = POSTCODE.fullmatch(typed)
        if not found:
            raise forms.ValidationError("Enter a full postcode, like LS1 4AP", code="invalid")
        return " ".join(found.groups())

    @property
    def told(self) -> SchoolTold:
        data = self.cleaned_data
        return SchoolTold(
            name=data["name"],
            town=data["town"],
            postcode=data["postcode"],
            authority=data["authority"],
            district=data.get("district", ""),
            phase=data["phase"],
            is_state_funded=data["state_funded"] == "yes",
        )

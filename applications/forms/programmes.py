"""Programmes and cohorts, which rounds recruit for."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from cohorts.models import Cohort, Programme
from mastery_hub.common import clock
from mastery_hub.common.academic_year import AcademicYear
from mastery_hub.common.forms.base import GovukModelForm
from mastery_hub.common.forms.look import Look
from mastery_hub.directory.enums import PhaseOfEducation

code_validator = RegexValidator(r"^[A-Za-z0-9-]+\Z", "Use letters, numbers and hyphens only, such as NCP27-01")


def years_around(*known: int) -> list[tuple[int, str]]:
    """The school years in which a cohort may begin: from this one on, and what is known already."""
    now = AcademicYear.of(clock.today()).starts
    return [(year, str(AcademicYear(year))) for year in sorted({*range(now, now + 5), *known})]


class CohortForm(GovukModelForm):
    """A cohort whose round is still to be set up; afterwards it changes on the round's pages."""

    starts = forms.TypedChoiceField(label="Development year", coerce=int)
    project_code = forms.CharField(max_length=12, validators=[code_validator], help_text="Such as NCP27-01")
    later_years_note = forms.CharField(
        label="Note on later years",
        required=False,
        max_length=100,
        initial="subject to DfE funding",
        help_text="Said after the days of later years",
    )
    looks = {"number": Look(width=3, inputmode="numeric"), "project_code": Look(width=10, spellcheck=False)}
    button = "Set up the cohort"

    class Meta:
        model = Cohort
        fields = ("programme", "number", "starts", "project_code", "later_years_note")
        labels = {"number": "Cohort number"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts"].choices = years_around()
        self.fields["programme"].empty_label = "Choose a programme"

    def clean_project_code(self) -> str:
        return self.cleaned_data["project_code"].upper()


class ProgrammeForm(GovukModelForm):
    school_phases = forms.TypedMultipleChoiceField(
        label="Which phases of school may its teachers come from?",
        choices=PhaseOfEducation.choices,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select at least one phase"},
    )
    looks = {"summary": Look(rows=3), "school_phases": Look(small=True), "order": Look(width=3, inputmode="numeric")}
    button = "Save"

    class Meta:
        model = Programme
        fields = ("name", "slug", "summary", "school_phases", "order")
        labels = {"slug": "Name in the address", "order": "Place in lists"}
        help_texts = {
            "slug": "Small letters, numbers and hyphens, such as post-16. It stays, so that links keep working.",
            "order": "1 comes first",
            "summary": "One or two sentences for lists of programmes",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["slug"]

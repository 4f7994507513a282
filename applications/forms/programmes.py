"""Programmes and cohorts, which rounds recruit for."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.core.validators import RegexValidator

from cohorts.expected import expected_validate
from cohorts.models import Cohort, Programme
from cohorts.years import MOST_YEARS, YearTold, fields_of, years_told
from mastery_hub.common import clock
from mastery_hub.common.academic_year import AcademicYear
from mastery_hub.common.forms.base import GovukModelForm
from mastery_hub.common.forms.helper import Group
from mastery_hub.common.forms.look import Look
from mastery_hub.common.writing import SeenForm, fingerprint
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
        fields = ("name", "slug", "summary", "school_phases", "next_expected", "order")
        labels = {
            "slug": "Name in the address",
            "order": "Place in lists",
            "next_expected": "The next round is expected to open …",
        }
        help_texts = {
            "slug": "Small letters, numbers and hyphens, such as post-16. It stays, so that links keep working.",
            "order": "1 comes first",
            "next_expected": "Complete the sentence: for example, in January 2028. Closed pages say it until a round "
            "is published. Leave it empty if nobody knows",
            "summary": "One or two sentences for lists of programmes",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["slug"]

    def clean_next_expected(self) -> str:
        words = " ".join(self.cleaned_data["next_expected"].split()).rstrip(".")
        if words:
            expected_validate(words)
        return words


class ProgrammeYearsForm(SeenForm):
    """The years there are and room for one more; a year without words is none, and they are numbered as they stand."""

    button = "Save"

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        known = years_told(programme)
        stored = fields_of(known)
        kwargs["initial"] = stored | {"seen": fingerprint(stored)}
        super().__init__(*args, **kwargs)
        self.years = [*sorted(known), max([*known, 0]) + 1][:MOST_YEARS]
        looks: dict[str, Look] = {}
        for year in self.years:
            title, text = f"title-{year}", f"text-{year}"
            self.fields[title] = forms.CharField(label=f"What year {year} is about", required=False, max_length=100)
            self.fields[text] = forms.CharField(
                label=f"What specialists do in year {year}", required=False, max_length=2000, widget=forms.Textarea
            )
            looks |= {title: Look(optional=False), text: Look(optional=False, rows=4, spellcheck=True)}
        self.looks = looks

    @property
    def layout(self) -> Layout:  # type: ignore[override]
        hint = "Leave both empty if there is no such year."
        return Layout("seen", *(Group(f"Year {n}", f"title-{n}", f"text-{n}", hint=hint) for n in self.years))

    def clean(self) -> dict[str, Any]:
        super().clean()
        for year in self.years:
            if self.cleaned_data.get(f"text-{year}") and not self.cleaned_data.get(f"title-{year}"):
                self.add_error(f"title-{year}", f"Enter what year {year} is about")
        return self.cleaned_data

    @property
    def wanted(self) -> dict[int, YearTold]:
        """Numbered without gaps."""
        said = self.cleaned_data
        told = [YearTold(said[f"title-{n}"], said[f"text-{n}"]) for n in self.years if said[f"title-{n}"]]
        return dict(enumerate(told, 1))

"""The residentials of a cohort on one page: those it has and room for one more."""

from collections.abc import Iterable
from typing import Any

from crispy_forms.layout import Layout
from django import forms

from applications.forms.rounds import SeenForm
from applications.services.round_residentials import ResidentialDays
from cohorts.models import Cohort, Residential
from mastery_hub.common.forms.fields import DateField
from mastery_hub.common.forms.helper import Group
from mastery_hub.common.forms.look import Look
from mastery_hub.common.templatetags.moments import day

MOST = 9


class ResidentialsForm(SeenForm):
    """Dates left empty are no residential; they are numbered as they stand."""

    button = "Save residentials"

    def __init__(self, *args: Any, cohort: Cohort, rows: Iterable[Residential], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cohort = cohort
        known = {row.number: row for row in rows}
        self.numbers = [*sorted(known), max([*known, 0]) + 1][:MOST]
        looks: dict[str, Look] = {}
        for number in self.numbers:
            looks |= self._ask(number, known.get(number))
        self.looks = looks

    def _ask(self, number: int, row: Residential | None) -> dict[str, Look]:
        first, last, venue, confirmed = self._names(number)
        known = ResidentialDays.of(row) if row else None
        self.fields[first] = DateField(label=f"First day of residential {number}", required=False)
        self.fields[last] = DateField(label=f"Last day of residential {number}", required=False)
        self.fields[venue] = forms.CharField(label="Venue", required=False, max_length=150)
        self.fields[confirmed] = forms.BooleanField(label="These days are confirmed", required=False)
        if known:
            values = (known.starts_on, known.ends_on, known.venue, known.confirmed)
            self.initial = {**self.initial, **dict(zip((first, last, venue, confirmed), values, strict=True))}
        return dict.fromkeys((first, last, venue, confirmed), Look(optional=False))

    @staticmethod
    def _names(number: int) -> tuple[str, str, str, str]:
        return f"first-{number}", f"last-{number}", f"venue-{number}", f"confirmed-{number}"

    @property
    def layout(self) -> Layout:  # type: ignore[override]
        hint = "Leave the days empty if there is no such residential."
        return Layout("seen", *(Group(f"Residential {n}", *self._names(n), hint=hint) for n in self.numbers))

    def clean(self) -> dict[str, Any]:
        super().clean()
        before = None
        for number in self.numbers:
            first, last, *_ = self._names(number)
            if not (self.has_error(first) or self.has_error(last)):
                before = self._clean_days(first, last, before) or before
        return self.cleaned_data

    def _clean_days(self, first: str, last: str, before: Any) -> Any:
        starts, ends, year = self.cleaned_data[first], self.cleaned_data[last], self.cohort.academic_year
        if bool(starts) != bool(ends):
            self.add_error(last if starts else first, "Enter both the first and the last day, or neither")
        elif starts and ends < starts:
            self.add_error(last, f"The last day must not be before the first, {day(starts)}")
        elif starts and not (year.first_day <= starts and ends <= year.last_day):
            self.add_error(first, f"Residentials must be in the development year {year}")
        elif starts and before and starts <= before:
            self.add_error(first, f"This residential must begin after the one before has ended, {day(before)}")
        return ends

    @property
    def wanted(self) -> dict[int, ResidentialDays]:
        """Numbered without gaps."""
        said = []
        for number in self.numbers:
            starts_on, ends_on, venue, confirmed = (self.cleaned_data[name] for name in self._names(number))
            if starts_on:
                said.append(ResidentialDays(starts_on, ends_on, venue, confirmed))
        return dict(enumerate(said, 1))

"""Release days and rates of a cohort on one page, and what the cohort is told."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms

from applications.forms.rounds import SeenForm
from applications.services.round_points import points_of
from applications.services.round_release import MOST_DAYS, SLOTS, ReleaseDays, Slot, signed_for, slot_words
from cohorts.enums import Section
from cohorts.models import Cohort
from mastery_hub.common.forms.fields import MoneyField
from mastery_hub.common.forms.helper import Group
from mastery_hub.common.forms.look import Look

MOST_PAID = 9999
MOST_POINTS, LONGEST_POINT = 20, 500


def _days(label: str) -> forms.IntegerField:
    whole = f"{label} must be a whole number from 1 to {MOST_DAYS}"
    wrong = dict.fromkeys(("invalid", "min_value", "max_value"), whole)
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=MOST_DAYS, error_messages=wrong)


class ReleaseForm(SeenForm):
    """A year whose days are left empty has none."""

    button = "Save release days"

    def __init__(self, *args: Any, cohort: Cohort, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cohort = cohort
        self.known = {(row.programme_year, row.kind): ReleaseDays.of(row) for row in cohort.release_terms.all()}
        self.slots = tuple({**dict.fromkeys(SLOTS), **dict.fromkeys(sorted(self.known))})
        looks: dict[str, Look] = {}
        for slot in self.slots:
            looks |= self._ask(slot, self.known.get(slot))
        self.signed = signed_for(cohort)
        if self.signed:
            people = "1 headteacher is" if self.signed == 1 else f"{self.signed:,} headteachers are"
            label = f"I understand that {people} asked to sign again if I change days"
            self.fields["sure"] = forms.BooleanField(label=label, required=False)
            looks["sure"] = Look(optional=False)
        self.looks = looks

    def _ask(self, slot: Slot, known: ReleaseDays | None) -> dict[str, Look]:
        least, most, rate = self._names(slot)
        self.fields[least], self.fields[most] = _days("Fewest days"), _days("Most days")
        self.fields[rate] = MoneyField(
            label="Rate a day", required=False, max_value=MOST_PAID, help_text="Leave it empty while it is not agreed"
        )
        if known:
            values = (known.days_least, known.days_most, known.rate)
            self.initial = {**self.initial, **dict(zip((least, most, rate), values, strict=True))}
        days = Look(width=3, inputmode="numeric", suffix="days", optional=False)
        return {least: days, most: days, rate: Look(width=5, prefix="£", inputmode="decimal", optional=False)}

    @staticmethod
    def _names(slot: Slot) -> tuple[str, str, str]:
        place = f"{slot[1]}-{slot[0]}"
        return f"least-{place}", f"most-{place}", f"rate-{place}"

    @property
    def layout(self) -> Layout:  # type: ignore[override]
        hint = "Enter the same number twice where it is fixed. Leave all empty if there are none."
        groups = [Group(slot_words(slot), *self._names(slot), hint=hint) for slot in self.slots]
        return Layout("seen", *groups, *(["sure"] if self.signed else []))

    def clean(self) -> dict[str, Any]:
        super().clean()
        for slot in self.slots:
            names = self._names(slot)
            if not any(self.has_error(name) for name in names):
                self._clean_slot(*names)
        if not self.errors and self.signed and self.moves and not self.cleaned_data.get("sure"):
            self.add_error("sure", "Tick to say that you understand who is asked to sign again")
        return self.cleaned_data

    def _clean_slot(self, least: str, most: str, rate: str) -> None:
        fewest, greatest = self.cleaned_data[least], self.cleaned_data[most]
        if (fewest is None) != (greatest is None):
            self.add_error(most if greatest is None else least, "Enter both the fewest and the most days, or neither")
        elif fewest is not None and greatest < fewest:
            self.add_error(most, f"The most days must be {fewest} or more")
        elif fewest is None and self.cleaned_data[rate] is not None:
            self.add_error(least, "Enter the days that this rate is for")

    @property
    def wanted(self) -> dict[Slot, ReleaseDays]:
        found = {}
        for slot in self.slots:
            least, most, rate = (self.cleaned_data[name] for name in self._names(slot))
            if least is not None:
                found[slot] = ReleaseDays(least, most, rate)
        return found

    @property
    def moves(self) -> bool:
        return {s: d.days for s, d in self.known.items()} != {s: d.days for s, d in self.wanted.items()}


class PointsForm(SeenForm):
    """A sentence on each line."""

    button = "Save"

    def __init__(self, *args: Any, cohort: Cohort, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = points_of(cohort)
        for section in Section:
            self.fields[section.value] = forms.CharField(
                label=section.label, required=False, max_length=MOST_POINTS * LONGEST_POINT, widget=forms.Textarea
            )
        self.initial = {**self.initial, **{section: "\n".join(texts) for section, texts in known.items()}}
        self.looks = {section.value: Look(rows=6, optional=False, spellcheck=True) for section in Section}

    def clean(self) -> dict[str, Any]:
        super().clean()
        for section in Section:
            lines = self.lines(section)
            if len(lines) > MOST_POINTS:
                self.add_error(section.value, f"{section.label} must have {MOST_POINTS} lines or fewer")
            elif any(len(line) > LONGEST_POINT for line in lines):
                self.add_error(section.value, f"Each line must have {LONGEST_POINT} characters or fewer")
            elif len(set(lines)) < len(lines):
                self.add_error(section.value, "Each line must say something else")
        return self.cleaned_data

    def lines(self, section: Section) -> list[str]:
        said = self.cleaned_data.get(section.value) or ""
        return [" ".join(line.split()) for line in said.splitlines() if line.strip()]

    @property
    def wanted(self) -> dict[str, list[str]]:
        return {section.value: self.lines(section) for section in Section}

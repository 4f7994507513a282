"""The dates of a round, new, changed or opened again."""

from dataclasses import fields, replace
from datetime import date
from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import ValidationError

from applications.forms.moments import Moment, MomentsForm
from applications.forms.programmes import code_validator
from applications.forms.rounds import SeenForm
from applications.models import Round
from applications.permissions import round_locks
from applications.services.round_dates import RoundDates, dates_awkward, dates_problems
from cohorts.models import Cohort
from mastery_hub.common import clock
from mastery_hub.common.academic_year import AcademicYear
from mastery_hub.common.forms.look import Look

OPENS = Moment("opens_at", "Applications open", "Opening", "For example, 11 1 2027 at 9am")
CLOSES = Moment("closes_at", "Applications close", "Closing", "Nothing that arrives at this time or later counts")
SUPPORT = Moment(
    "support_closes_at",
    "Headteachers’ support closes",
    "Support closing",
    "Leave both empty if headteachers have until applications close",
    required=False,
)
RELEASES = Moment(
    "releases_at",
    "Decisions are released",
    "Release",
    "No hub releases a decision earlier. Leave both empty if each hub releases when it is ready",
    required=False,
)


def months_before(cohort: Cohort | None) -> list[tuple[str, str]]:
    """From the month it is to the last one before the cohort begins, or for two years where nobody knows."""
    first = clock.today().replace(day=1)
    last = cohort.academic_year.first_day if cohort else date(first.year + 2, 9, 1)
    months = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    return [(f"{month:%Y-%m}", f"{month:%B %Y}") for month in months if first <= month < last]


class DatesForm(MomentsForm):
    """All dates of a round, which `round` has already where it is given."""

    moments = (OPENS, CLOSES, SUPPORT, RELEASES)
    outcomes_month = forms.ChoiceField(label="Month in which applicants hear the outcome")
    reply_days = forms.IntegerField(
        label="Days to answer an offer",
        help_text="Calendar days from the letter, up to 60",
        error_messages={"required": "Enter how many days there are to answer an offer"},
    )
    looks = {"reply_days": Look(width=3, inputmode="numeric")}

    def __init__(self, *args: Any, round: Round | None = None, cohort: Cohort | None = None, **kwargs: Any) -> None:
        self.round = round
        self.for_cohort = round.cohort if round else cohort
        initial = kwargs["initial"] = dict(kwargs.get("initial") or {})
        if round:
            known = RoundDates.of(round)
            initial |= {each.name: getattr(known, each.name) for each in fields(RoundDates)}
            initial["outcomes_month"] = f"{round.outcomes_month:%Y-%m}"
        super().__init__(*args, **kwargs)
        months = months_before(self.for_cohort)
        if round and (known_month := f"{round.outcomes_month:%Y-%m}") not in dict(months):
            months.insert(0, (known_month, f"{round.outcomes_month:%B %Y}"))
        self.fields["outcomes_month"].choices = months
        self._lock()

    def _lock(self) -> None:
        locks = round_locks(self.round) if self.round else {}
        for each in self.moments:
            if sentence := locks.get(each.name):
                for name in (f"{each.name}_on", f"{each.name}_time"):
                    self.fields[name].disabled = True
                self.fields[f"{each.name}_on"].help_text = f"{sentence}."

    @property
    def dates(self) -> RoundDates:
        opens_at, closes_at = self.moment("opens_at"), self.moment("closes_at")
        assert opens_at, "asked for only when there are no errors"
        assert closes_at, "likewise"
        year, month = self.cleaned_data["outcomes_month"].split("-")
        return RoundDates(
            opens_at=opens_at,
            closes_at=closes_at,
            support_closes_at=self.moment("support_closes_at"),
            outcomes_month=date(int(year), int(month), 1),
            reply_days=self.cleaned_data["reply_days"],
            releases_at=self.moment("releases_at"),
        )

    def clean(self) -> dict[str, Any]:
        super().clean()
        cohort = self.for_cohort or self.cleaned_data.get("cohort")
        if not self.errors and cohort:
            self.add_problems(dates_problems(self.dates, cohort=cohort, round=self.round))
        if not self.errors:
            self.ask_about(dates_awkward(self.dates, before=self._asked_about_before))
        return self.cleaned_data

    @property
    def _asked_about_before(self) -> RoundDates | None:
        """What stays as it is was, unless it was only copied."""
        if self.round is None or "dates" in self.round.to_check:
            return None
        return RoundDates.of(self.round)

    @property
    def asked_layout(self) -> list[Any]:
        return [*self.groups(), "outcomes_month", "reply_days"]


class RoundDatesForm(SeenForm, DatesForm):
    @property
    def layout(self) -> Layout:  # type: ignore[override]
        return Layout("seen", *self.asked_layout)


class RoundAddForm(DatesForm):
    cohort = forms.ModelChoiceField(
        Cohort.objects.none(),
        label="Which cohort does the round recruit for?",
        empty_label="Choose a cohort",
        error_messages={"required": "Select a cohort"},
    )
    code = forms.CharField(
        label="Code",
        max_length=20,
        validators=[code_validator],
        help_text="It stands in the round’s address. Usually the cohort’s project code, such as NCP27-01",
        error_messages={"required": "Enter a code"},
    )
    button = "Set up the round"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        coming = Cohort.objects.filter(starts__gt=AcademicYear.of(clock.today()).starts - 1)
        self.fields["cohort"].queryset = coming.select_related("programme")
        self.looks = {**self.looks, "code": Look(width=10, spellcheck=False)}

    @property
    def layout(self) -> Layout:  # type: ignore[override]
        return Layout("cohort", "code", *self.asked_layout)

    def clean_code(self) -> str:
        code = self.cleaned_data["code"].upper()
        if code == "ADD" or Round.objects.filter(code__iexact=code).exists():
            raise ValidationError(f"There is a round with the code {code} already: choose a different one")
        return code


class RoundReopenForm(MomentsForm):
    moments = (CLOSES, SUPPORT)
    reason = forms.CharField(
        label="Why does the round open again?",
        widget=forms.Textarea,
        max_length=1000,
        help_text="Kept with the round. Applicants are not told the reason.",
        error_messages={"required": "Say why the round opens again"},
    )
    button = "Open the round again"
    looks = {"reason": Look(rows=3)}

    def __init__(self, *args: Any, round: Round, **kwargs: Any) -> None:
        self.round = round
        super().__init__(*args, **kwargs)

    @property
    def layout(self) -> Layout:  # type: ignore[override]
        return Layout(*self.groups(), "reason")

    @property
    def window(self) -> RoundDates:
        """The dates that the round would have."""
        closes_at = self.moment("closes_at")
        assert closes_at, "asked for only when there are no errors"
        return replace(
            RoundDates.of(self.round), closes_at=closes_at, support_closes_at=self.moment("support_closes_at")
        )

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.errors:
            return self.cleaned_data
        self.add_problems(dates_problems(self.window, cohort=self.round.cohort))
        if not self.errors:
            self.ask_about(dates_awkward(self.window, before=RoundDates.of(self.round)))
        return self.cleaned_data

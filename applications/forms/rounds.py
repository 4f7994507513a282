"""What NCETM is asked of a round that it sets up."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from applications.models import InformationDocument, Round
from applications.permissions import round_locks
from applications.services.round_dates import RoundDates, dates_awkward, dates_problems
from applications.services.round_making import RoundDetails
from applications.set_up import SetUpTask
from cohorts.models import Cohort, HubPlaces, Programme
from mastery_hub.common import clock
from mastery_hub.common.academic_year import AcademicYear
from mastery_hub.common.forms.base import GovukForm, GovukModelForm
from mastery_hub.common.forms.fields import DateField, TimeField
from mastery_hub.common.forms.helper import Button, Group
from mastery_hub.common.forms.look import Look
from mastery_hub.common.forms.widgets import PlainTextarea
from mastery_hub.directory.enums import PhaseOfEducation
from mastery_hub.directory.forms.hubs import PREVIEW
from mastery_hub.directory.models import MathsHub

MOST_PLACES = 99
code_validator = RegexValidator(r"^[A-Za-z0-9-]+\Z", "Use letters, numbers and hyphens only, such as NCP27-01")


class SeenForm(GovukForm):
    """`seen` is sent back, so that what a colleague changed meanwhile is told of and not undone."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    button = "Save"

    def __init__(self, *args: Any, seen: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = seen

    @property
    def has_seen(self) -> int:
        return self.cleaned_data.get("seen") or 0

    def now_seen(self, latest: int) -> None:
        """The page that is shown again tells of the change: sent once more, it may replace it."""
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        data["seen"] = str(latest)
        self.data = data


class KeptDaysField(forms.MultipleChoiceField):
    """Its choices are known only once the dates are."""

    def valid_value(self, value: str) -> bool:
        return True


@dataclass(frozen=True)
class Moment:
    """An instant asked for as a day and a time, in London."""

    name: str
    label: str
    short: str
    hint: str = ""
    required: bool = True


OPENS = Moment("opens_at", "Applications open", "Opening", "For example, 11 1 2027 at 9am")
CLOSES = Moment("closes_at", "Applications close", "Closing", "Nothing that arrives at this time or later counts")
SUPPORT = Moment(
    "support_closes_at",
    "Headteachers’ support closes",
    "Support closing",
    "Leave both empty if headteachers have until applications close",
    required=False,
)


class MomentsForm(GovukForm):
    """Days and times in pairs; `moment` gives the instant. Days when schools are closed are asked about once more."""

    moments: tuple[Moment, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        initial = kwargs["initial"] = dict(kwargs.get("initial") or {})
        for each in self.moments:
            if at := initial.get(each.name):
                there = clock.london(at)
                initial |= {f"{each.name}_on": there.date(), f"{each.name}_time": there.time()}
        super().__init__(*args, **kwargs)
        looks = dict(self.looks)
        for each in self.moments:
            self.fields[f"{each.name}_on"] = DateField(label=f"{each.short} date", required=each.required)
            self.fields[f"{each.name}_time"] = TimeField(label=f"{each.short} time", required=each.required)
            self.fields[f"{each.name}_on"].error_messages["required"] = f"Enter the {each.short.lower()} date"
            self.fields[f"{each.name}_time"].error_messages["required"] = f"Enter the {each.short.lower()} time"
            looks |= {
                f"{each.name}_on": Look(optional=False),
                f"{each.name}_time": Look(width=5, optional=False),
            }
        self.fields["kept"] = KeptDaysField(
            label="Schools are closed on these days", required=False, widget=forms.CheckboxSelectMultiple
        )
        self.fields["kept"].help_text = "Choose another day above, or tick what is meant as it is."
        self.looks = looks | {"kept": Look(optional=False)}

    def groups(self) -> list[Any]:
        asked = [Group(m.label, f"{m.name}_on", f"{m.name}_time", hint=m.hint) for m in self.moments]
        return [*asked, *(["kept"] if self.fields["kept"].choices else [])]

    def moment(self, name: str) -> datetime | None:
        on, at = self.cleaned_data.get(f"{name}_on"), self.cleaned_data.get(f"{name}_time")
        return datetime.combine(on, at, tzinfo=clock.LONDON) if on and at else None

    def clean(self) -> dict[str, Any]:
        super().clean()
        for each in self.moments:
            self._clean_pair(each)
        return self.cleaned_data

    def _clean_pair(self, each: Moment) -> None:
        day, time_ = f"{each.name}_on", f"{each.name}_time"
        if self.has_error(day) or self.has_error(time_):
            return
        given = bool(self.cleaned_data.get(day)), self.cleaned_data.get(time_) is not None
        if given == (True, False):
            self.add_error(time_, f"Enter the {each.short.lower()} time")
        elif given == (False, True):
            self.add_error(day, f"Enter the {each.short.lower()} date")
        elif (at := self.moment(each.name)) and at != at.astimezone(UTC).astimezone(clock.LONDON):
            self.add_error(time_, "Clocks go forward then, so there is no such time on that day")

    def add_problems(self, problems: dict[str, str]) -> None:
        for name, sentence in problems.items():
            place = f"{name}_on" if f"{name}_on" in self.fields else name
            self.add_error(place if place in self.fields else None, sentence)

    def ask_about(self, awkward: dict[str, str]) -> None:
        """Each such day is kept by a tick of its own; another day is asked about anew."""
        choices = [(f"{name} {self.moment(name):%Y-%m-%d}", f"{words}. Keep it.") for name, words in awkward.items()]
        self.fields["kept"].choices = choices
        kept = self.cleaned_data.get("kept") or []
        if [key for key, _ in choices if key not in kept]:
            self.add_error("kept", "Tick each of these days to keep it, or choose another")


def months_before(cohort: Cohort | None) -> list[tuple[str, str]]:
    """From the month it is to the last one before the cohort begins, or for two years where nobody knows."""
    first = clock.today().replace(day=1)
    last = cohort.academic_year.first_day if cohort else date(first.year + 2, 9, 1)
    months = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    return [(f"{month:%Y-%m}", f"{month:%B %Y}") for month in months if first <= month < last]


class DatesForm(MomentsForm):
    """All dates of a round, which `round` has already where it is given."""

    moments = (OPENS, CLOSES, SUPPORT)
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


class RoundCloseForm(GovukForm):
    reason = forms.CharField(
        label="Why does the round close early?",
        widget=forms.Textarea,
        max_length=1000,
        help_text="Everybody with a draft is sent these words.",
        error_messages={"required": "Say why the round closes early"},
    )
    sure = forms.BooleanField(
        label="Close the round now", error_messages={"required": "Tick to say that the round closes now"}
    )
    looks = {"reason": Look(rows=4)}
    button = "Close the round now"
    warning = True


class RoundDetailsForm(SeenForm):
    number = forms.IntegerField(label="Cohort number", min_value=1, max_value=999)
    starts = forms.TypedChoiceField(label="Development year", coerce=int)
    project_code = forms.CharField(max_length=12, validators=[code_validator], help_text="Such as NCP27-01")
    later_years_note = forms.CharField(
        label="Note on later years", required=False, max_length=100, help_text="Said after the days of later years"
    )
    code = forms.CharField(label="Code in the round’s address", max_length=20, validators=[code_validator])
    statement_words = forms.IntegerField(
        label="Longest headteacher’s statement",
        required=False,
        min_value=50,
        max_value=2000,
        help_text="In words. Leave it empty if no statement is asked for.",
    )
    looks = {
        "number": Look(width=3, inputmode="numeric"),
        "project_code": Look(width=10, spellcheck=False),
        "code": Look(width=10, spellcheck=False),
        "statement_words": Look(width=4, inputmode="numeric", suffix="words", optional=False),
    }

    def __init__(self, *args: Any, round: Round, **kwargs: Any) -> None:
        known = RoundDetails.of(round)
        kwargs["initial"] = {each.name: getattr(known, each.name) for each in fields(known)}
        super().__init__(*args, **kwargs)
        self.fields["starts"].choices = years_around(known.starts)
        for name, sentence in round_locks(round).items():
            if name in self.fields:
                self.fields[name].disabled = True
                self.fields[name].help_text = f"{sentence}."

    @property
    def details(self) -> RoundDetails:
        return RoundDetails(**{each.name: self.cleaned_data[each.name] for each in fields(RoundDetails)})


def years_around(*known: int) -> list[tuple[int, str]]:
    """The school years in which a cohort may begin: from this one on, and what is known already."""
    now = AcademicYear.of(clock.today()).starts
    return [(year, str(AcademicYear(year))) for year in sorted({*range(now, now + 5), *known})]


def places_name(hub: int) -> str:
    return f"hub-{hub}"


class RoundCopyForm(GovukForm):
    """What tells the new cohort from the one that is copied; everything else is looked at afterwards."""

    number = forms.IntegerField(
        label="Cohort number", min_value=1, max_value=999, error_messages={"required": "Enter the cohort’s number"}
    )
    starts = forms.TypedChoiceField(label="Development year", coerce=int)
    project_code = forms.CharField(
        max_length=12,
        validators=[code_validator],
        help_text="Such as NCP28-01. It becomes the round’s code too.",
        error_messages={"required": "Enter the project code"},
    )
    looks = {"number": Look(width=3, inputmode="numeric"), "project_code": Look(width=10, spellcheck=False)}
    button = "Copy the round"

    def __init__(self, *args: Any, source: Round, **kwargs: Any) -> None:
        cohort = source.cohort
        kwargs["initial"] = {"number": cohort.number + 1, "starts": cohort.starts + 1}
        super().__init__(*args, **kwargs)
        later = range(cohort.starts + 1, max(cohort.starts, AcademicYear.of(clock.today()).starts) + 4)
        self.fields["starts"].choices = [(year, str(AcademicYear(year))) for year in later]

    def clean_project_code(self) -> str:
        return self.cleaned_data["project_code"].upper()


class PlacesForm(SeenForm):
    """One number for each hub; empty is a hub that does not take part."""

    button = "Save places"

    def __init__(self, *args: Any, hubs: Iterable[MathsHub], rows: Iterable[HubPlaces], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hubs = {hub.pk: hub for hub in hubs}
        self.rows = {row.hub_id: row for row in rows}
        for pk, hub in self.hubs.items():
            self.fields[places_name(pk)] = forms.IntegerField(
                label=hub.name,
                required=False,
                min_value=0,
                max_value=MOST_PLACES,
                initial=self.rows[pk].places if pk in self.rows else None,
                error_messages={
                    "invalid": f"{hub.name}: places must be a whole number, like 4",
                    "min_value": f"{hub.name}: places must be 0 or more",
                    "max_value": f"{hub.name}: places must be {MOST_PLACES} or fewer",
                },
            )
        self.looks = {places_name(pk): Look(width=2, inputmode="numeric", optional=False) for pk in self.hubs}

    @property
    def wanted(self) -> dict[int, int | None]:
        return {pk: self.cleaned_data[places_name(pk)] for pk in self.hubs}

    def add_problems(self, problems: dict[int, str]) -> None:
        for pk, sentence in problems.items():
            self.add_error(places_name(pk), f"{self.hubs[pk].name}: {sentence[0].lower()}{sentence[1:]}")

    def regions(self) -> Iterator[tuple[str, list[tuple[Any, int]]]]:
        """Each region with its hubs' fields and how many of their places are taken."""
        grouped: dict[str, list[tuple[Any, int]]] = {}
        for pk, hub in self.hubs.items():
            taken = self.rows[pk].taken if pk in self.rows else 0
            grouped.setdefault(str(hub.region), []).append((self[places_name(pk)], taken))
        yield from grouped.items()


class DocumentForm(SeenForm):
    title = forms.CharField(max_length=150, error_messages={"required": "Enter a title"})
    body = forms.CharField(
        label="Text",
        max_length=60_000,
        widget=PlainTextarea,
        help_text="In Markdown. Each heading becomes a part of the page with an entry in its contents.",
        error_messages={"required": "Enter the text of the document"},
    )
    changes = forms.CharField(
        label="What has changed?",
        max_length=2000,
        widget=PlainTextarea,
        help_text="Everybody who is writing an application is sent these words and reads them on their page.",
        error_messages={"required": "Say what has changed: people who read the version before are told"},
    )
    looks = {"body": Look(rows=25, spellcheck=True), "changes": Look(rows=4, spellcheck=True)}
    button = "Publish"
    extra_buttons = (Button("Preview", name=PREVIEW),)

    def __init__(self, *args: Any, latest: InformationDocument | None, relied_upon: bool, **kwargs: Any) -> None:
        kwargs["initial"] = {"title": latest.title, "body": latest.body} if latest else {}
        super().__init__(*args, **kwargs)
        if not relied_upon:
            del self.fields["changes"]


class CheckForm(GovukForm):
    keys = forms.MultipleChoiceField(
        label="Which parts have you checked?",
        help_text="They were copied from an earlier round. Select all that are right for this one.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select what you have checked"},
    )
    looks = {"keys": Look(heading=True)}
    button = "Mark as checked"

    def __init__(self, *args: Any, tasks: Iterable[SetUpTask], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keys"].choices = [(task.key, task.name) for task in tasks]


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

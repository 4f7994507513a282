"""What NCETM is asked of a round that it sets up, besides its dates."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from django import forms

from applications.forms.programmes import code_validator, years_around
from applications.models import InformationDocument, Round
from applications.permissions import round_locks
from applications.services.round_making import RoundDetails
from applications.set_up import SetUpTask
from cohorts.models import HubPlaces
from mastery_hub.common import clock
from mastery_hub.common.academic_year import AcademicYear
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.helper import Button
from mastery_hub.common.forms.look import Look
from mastery_hub.common.forms.widgets import PlainTextarea
from mastery_hub.directory.forms.hubs import PREVIEW
from mastery_hub.directory.models import MathsHub

MOST_PLACES = 99


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


class RoundCloseForm(GovukForm):
    reason = forms.CharField(
        label="Why does the round close early?",
        widget=forms.Textarea,
        max_length=1000,
        help_text="Everybody with a draft is sent these words.",
        error_messages={"required": "Say why the round closes early"},
    )
    sure = forms.BooleanField(
        label="I understand that drafts can no longer be submitted",
        error_messages={"required": "Tick to say that you understand what happens to drafts"},
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
    by_nomination = forms.BooleanField(
        label="Only teachers who are nominated may apply",
        required=False,
        help_text="Their school nominates them, or a lead of a Maths Hub.",
    )
    asks_subject_leader = forms.BooleanField(
        label="The subject leader supports each application too",
        required=False,
        help_text="Besides the headteacher. An application is complete only when both have signed.",
    )
    confirms_decisions = forms.BooleanField(
        label="NCETM confirms decisions before hubs release them",
        required=False,
        help_text="A hub releases nothing that is not confirmed. A proposal that changes is confirmed anew.",
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


def places_name(hub: int) -> str:
    return f"hub-{hub}"


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
    extra_buttons = (Button("Preview", name=PREVIEW),)

    def __init__(
        self, *args: Any, latest: InformationDocument | None, relied_upon: bool, published: bool, **kwargs: Any
    ) -> None:
        kwargs["initial"] = {"title": latest.title, "body": latest.body} if latest else {}
        super().__init__(*args, **kwargs)
        self.button = "Publish" if published else "Save"
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

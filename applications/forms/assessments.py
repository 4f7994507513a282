"""Arranging a lesson observation or an interview, and what is written of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from crispy_forms.layout import Layout
from django import forms

from applications.enums import AssessmentKind
from applications.forms.hub import SCORES
from applications.models import Application, Assessment, Criterion
from applications.services.assessments import Booking, score_name
from mastery_hub.accounts.models import Membership, User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.fields import DateField, TimeField
from mastery_hub.common.forms.helper import Group
from mastery_hub.common.forms.look import Look
from mastery_hub.common.writing import ChangedElsewhereError, SeenForm

NOBODY = ("required", "invalid_choice")
PLACES = {
    "time-wrong": "ends",
    "time-past": "on",
    "place-missing": "place",
    "link-wrong": "link",
    "one-person": "second",
    "double-booked": "knowingly",
    "arranged-already": "kind",
}


class BookingForm(GovukForm):
    """When, where and who. That somebody is booked already is asked about once more."""

    on = DateField(label="Date", help_text="For example, 27 3 2027", error_messages={"required": "Enter the date"})
    starts = TimeField(
        label="Begins at", help_text="For example, 9:30am", error_messages={"required": "Enter when it begins"}
    )
    ends = TimeField(label="Ends at", error_messages={"required": "Enter when it ends"})
    place = forms.CharField(
        label="Where", help_text="A school and room. Leave empty for a video call.", max_length=200, required=False
    )
    link = forms.CharField(
        label="Link for a video call", help_text="It begins with https://", max_length=500, required=False
    )
    first = forms.TypedChoiceField(
        label="First person", error_messages=dict.fromkeys(NOBODY, "Choose the first person")
    )
    second = forms.TypedChoiceField(
        label="Second person", error_messages=dict.fromkeys(NOBODY, "Choose the second person")
    )
    knowingly = forms.BooleanField(label="Book them all the same", required=False)
    first_fields: tuple[str, ...] = ()
    last_fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = Membership.objects.current().filter(hub=application.hub_id).exclude(user=application.applicant_id)
        found = User.objects.filter(pk__in=held.values("user")).order_by("last_name", "first_name", "pk")
        people = {str(person.pk): person for person in found}
        for name in ("first", "second"):
            field: Any = self.fields[name]
            field.choices = [("", "Choose a person"), *((key, str(person)) for key, person in people.items())]
            field.coerce = people.__getitem__
        self.asks_again = False
        self.looks = {
            "starts": Look(width=10),
            "ends": Look(width=10),
            "place": Look(optional=False),
            "link": Look(optional=False),
            "knowingly": Look(optional=False),
            "words": Look(rows=4),
        }

    @property
    def layout(self) -> Layout:  # type: ignore[override]
        again = ["knowingly"] if self.asks_again or self.data.get("knowingly") else []
        return Layout(
            *self.first_fields,
            Group("When", "on", "starts", "ends"),
            Group("Where", "place", "link"),
            Group("Who", "first", "second", hint="Two people of your hub. We tell both of them.", size="m"),
            *again,
            *self.last_fields,
        )

    @property
    def booking(self) -> Booking:
        said = self.cleaned_data
        on = said["on"]
        starts, ends = (datetime.combine(on, said[name], tzinfo=clock.LONDON) for name in ("starts", "ends"))
        return Booking(
            starts_at=starts,
            ends_at=ends,
            first=said["first"],
            second=said["second"],
            place=said["place"].strip(),
            link=said["link"].strip(),
        )

    def show_refusal(self, refused: DomainError) -> None:
        self.asks_again = refused.code == "double-booked"
        place = PLACES.get(refused.code)
        self.add_error(place if place in self.fields else None, refused.message)


class ArrangeForm(BookingForm):
    kind = forms.ChoiceField(
        label="What do you arrange?",
        choices=AssessmentKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you arrange"},
    )
    first_fields = field_order = ("kind",)
    button = "Arrange it and tell everybody"


class MoveForm(BookingForm):
    words = forms.CharField(
        label="Message to everybody",
        help_text="The applicant, the headteacher and both people read it.",
        max_length=1000,
        required=False,
        widget=forms.Textarea,
    )
    last_fields = ("words",)
    button = "Change it and tell everybody"

    def __init__(self, *args: Any, assessment: Assessment, **kwargs: Any) -> None:
        starts, ends = clock.london(assessment.starts_at), clock.london(assessment.ends_at)
        known = {"on": starts.date(), "starts": starts.time(), "ends": ends.time()}
        known |= {"place": assessment.place, "link": assessment.link}
        known |= {"first": assessment.first_id, "second": assessment.second_id}
        super().__init__(*args, application=assessment.application, **{**kwargs, "initial": known})


class CancelForm(GovukForm):
    words = forms.CharField(
        label="Message to everybody",
        help_text="The applicant, the headteacher and both people read it.",
        max_length=1000,
        required=False,
        widget=forms.Textarea,
    )
    looks = {"words": Look(rows=4)}


class AssessmentScoresForm(SeenForm):
    """Both people write in one record; what one of them saved meanwhile is shown to the other."""

    mark_optional = False
    button = "Save"

    def __init__(self, *args: Any, criteria: Iterable[Criterion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = list(criteria)
        for criterion in self.criteria:
            self.fields[score_name(criterion)] = forms.TypedChoiceField(
                label=criterion.text,
                help_text=criterion.guidance,
                choices=[*SCORES, ("", "Not seen")],
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )
        self.fields["notes"] = forms.CharField(
            label="Notes",
            help_text="For your hub and NCETM. The applicant and the school never see them.",
            max_length=20_000,
            required=False,
            widget=forms.Textarea,
        )
        self.looks = {score_name(criterion): Look(small=True) for criterion in self.criteria} | {"notes": Look(rows=10)}

    @property
    def scores(self) -> dict[Criterion, int | None]:
        return {criterion: self.cleaned_data[score_name(criterion)] for criterion in self.criteria}

    def show_changed(self, error: ChangedElsewhereError) -> None:
        error.stored = {name: "Not seen" if value is None else value for name, value in error.stored.items()}
        super().show_changed(error)

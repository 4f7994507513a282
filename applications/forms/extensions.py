"""What NCETM says to give a hub, or one applicant, more time."""

from datetime import datetime
from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import ValidationError

from applications.models import Application, Round
from mastery_hub.accounts.models import User
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.helper import Group
from mastery_hub.common.forms.look import Look
from mastery_hub.common.forms.times import TimeField, instant
from mastery_hub.directory.models import MathsHub

WINDOWS = {"closes": "closes_at", "support": "support_closes_at"}
FIELDS = {"closes_at": "closes_on", "support_closes_at": "support_on"}  # where a problem of an instant is shown


class ExtensionForm(GovukForm):
    whose = forms.ChoiceField(
        label="Who is given more time?",
        choices=(("hub", "All applicants of one hub"), ("applicant", "One applicant")),
        widget=forms.RadioSelect,
        error_messages={"required": "Select who is given more time"},
    )
    hub = forms.ModelChoiceField(
        MathsHub.objects.none(), label="Maths Hub", error_messages={"required": "Select the hub"}
    )
    applicant = forms.CharField(
        label="Application reference or email address",
        help_text="The address that the person signs in with. They need not have begun an application",
        max_length=254,
        error_messages={"required": "Enter the application’s reference or the applicant’s email address"},
    )
    closes_on = forms.DateField(label="Day", required=False)
    closes_time = TimeField(label="Time", help_text="London time, such as 5pm", required=False)
    support_on = forms.DateField(label="Day", required=False)
    support_time = TimeField(label="Time", help_text="London time, such as 5pm", required=False)
    reason = forms.CharField(
        label="Why is more time given?",
        help_text="Kept with the extension. Leads of the hub read it when it is for their hub; applicants do not",
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": "Say why more time is given"},
    )
    looks = {
        "whose": Look(conditional={"hub": "hub", "applicant": "applicant"}, size="m"),
        "applicant": Look(width="two-thirds", autocomplete="off", spellcheck=False),
        "closes_on": Look(optional=False),
        "closes_time": Look(width=10, optional=False),
        "support_on": Look(optional=False),
        "support_time": Look(width=10, optional=False),
        "reason": Look(rows=4, size="m"),
    }
    button = "Give more time"

    def __init__(self, *args: Any, round: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.round = round
        taking_part = MathsHub.objects.filter(pk__in=round.cohort.hub_places.values("hub"))
        self.fields["hub"].queryset = taking_part.order_by("name")
        applicants = "Leave it empty if only headteachers are given more time"
        heads = "Leave it empty if they have as long as the applicants, or as long as before"
        self.layout = Layout(
            "whose",
            Group("Applicants can submit until", "closes_on", "closes_time", hint=applicants),
            Group("Headteachers can support until", "support_on", "support_time", hint=heads),
            "reason",
        )

    def clean_applicant(self) -> User | None:
        typed = self.cleaned_data["applicant"].strip()
        if not typed:
            return None
        found = Application.objects.filter(round=self.round, reference=typed.upper()).select_related("applicant")
        person = application.applicant if (application := found.first()) else User.objects.with_address(typed.lower())
        if person is None:
            message = "Nobody has this reference in this round, or signs in with this address. Check it with them"
            raise ValidationError(message, code="unknown")
        return person

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for name, window in WINDOWS.items():
            given[window] = self._instant(f"{name}_on", f"{name}_time")
        return given

    def _instant(self, day: str, time: str) -> datetime | None:
        on, at = self.cleaned_data.get(day), self.cleaned_data.get(time)
        if on and at is not None:
            try:
                return instant(on, at)
            except ValidationError as error:
                self.add_error(time, error)
        elif on and time not in self.errors:
            self.add_error(time, "Enter the time too, such as 5pm")
        elif at is not None and day not in self.errors:
            self.add_error(day, "Enter the day too")
        return None

    @property
    def told(self) -> dict[str, Any]:
        """For the service."""
        names = ("hub", "applicant", "closes_at", "support_closes_at", "reason")
        return {name: self.cleaned_data.get(name) or None for name in names}


class ExtensionCancelForm(GovukForm):
    reason = forms.CharField(
        label="Why is it taken back?",
        help_text="Those who were told of more time read this",
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": "Say why it is taken back"},
    )
    looks = {"reason": Look(rows=4)}
    button = "Take the extra time back"
    warning = True

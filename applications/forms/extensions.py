"""What NCETM says to give a hub, or one applicant, more time."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import ValidationError

from applications.forms.moments import Moment, MomentsForm
from applications.models import Application, Round
from applications.services.extensions import deadlines_of, extension_problems
from applications.services.round_dates import closings_awkward
from mastery_hub.accounts.models import User
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.look import Look
from mastery_hub.directory.models import MathsHub

CLOSES = Moment(
    "closes_at",
    "Applicants can submit until",
    "Closing",
    "Leave both empty if only headteachers are given more time",
    required=False,
)
SUPPORT = Moment(
    "support_closes_at",
    "Headteachers can support until",
    "Support closing",
    "Leave both empty if they have as long as the applicants, or as long as before",
    required=False,
)


class ExtensionForm(MomentsForm):
    moments = (CLOSES, SUPPORT)
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
        "reason": Look(rows=4, size="m"),
    }
    button = "Give more time"

    def __init__(self, *args: Any, round: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.round = round
        taking_part = MathsHub.objects.filter(pk__in=round.cohort.hub_places.values("hub"))
        self.fields["hub"].queryset = taking_part.order_by("name")

    @property
    def layout(self) -> Layout:  # type: ignore[override]
        return Layout("whose", *self.groups(), "reason")

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.errors:
            wanted = {each.name: self.moment(each.name) for each in self.moments}
            has = deadlines_of(self.round, hub=self.told["hub"], applicant=self.told["applicant"])
            self.add_problems(extension_problems(has, self.round, **wanted))
            if not self.errors:
                self.ask_about(closings_awkward(wanted))
        return self.cleaned_data

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

    @property
    def told(self) -> dict[str, Any]:
        """For the service."""
        whose = {name: self.cleaned_data.get(name) or None for name in ("hub", "applicant")}
        moments = {each.name: self.moment(each.name) for each in self.moments}
        return whose | moments | {"reason": self.cleaned_data["reason"]}


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

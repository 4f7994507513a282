"""Referring a candidate to a neighbouring hub, the applicant's consent, and the answer of that hub."""

from collections.abc import Sequence
from typing import Any

from django import forms

from applications.enums import ReferralAction
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.look import Look
from mastery_hub.directory.models import MathsHub


class ReferForm(GovukForm):
    to_hub = forms.ChoiceField(
        label="Which hub should consider them?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select a hub", "invalid_choice": "Select one of these hubs"},
    )
    reason = forms.CharField(
        label="Why do you refer them?",
        help_text="The applicant reads this, and the other hub if the applicant consents.",
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": "Write why: the applicant reads it"},
    )
    button = "Ask the applicant"

    def __init__(self, *args: Any, hubs: Sequence[tuple[MathsHub, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hubs = {str(hub.pk): hub for hub, _ in hubs}
        field: Any = self.fields["to_hub"]
        field.choices = [(key, str(hub)) for key, hub in self.hubs.items()]
        self.looks = {
            "to_hub": Look(hints={str(hub.pk): words for hub, words in hubs}),
            "reason": Look(rows=5),
        }

    @property
    def chosen(self) -> MathsHub:
        return self.hubs[self.cleaned_data["to_hub"]]


class ReferralConsentForm(GovukForm):
    answer = forms.ChoiceField(
        label="Do you want this hub to consider your application?",
        choices=(("yes", "Yes, I consent that it reads my application"), ("no", "No")),
        widget=forms.RadioSelect,
        error_messages={"required": "Select whether you consent"},
    )
    looks = {
        "answer": Look(
            hints={"yes": "You can take this back until the hub has answered", "no": "Everything stays as it is"}
        )
    }
    button = "Send your answer"


class ReferralDecisionForm(GovukForm):
    answer = forms.ChoiceField(
        label="What do you decide?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select what you decide"},
    )
    reason = forms.CharField(
        label="Why?",
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": "Write why"},
    )
    button = "Confirm your decision"

    def __init__(self, *args: Any, actions: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["answer"]
        field.choices = [(action, ReferralAction(action).label) for action in actions]
        self.looks = {"answer": Look(hints={a: HINTS[a] for a in actions}), "reason": Look(rows=5)}
        told = "The applicant reads this, exactly as you write it."
        if ReferralAction.DISMISS in actions:
            told = "The applicant reads this if you refer them; NCETM reads it if you do not."
        self.fields["reason"].help_text = told


HINTS: dict[str, str] = {
    ReferralAction.AGREE: "We ask the applicant. The other hub sees nothing until they consent.",
    ReferralAction.DISMISS: "The applicant is not told.",
    ReferralAction.ACCEPT: "The application is yours from now on. It holds no place until you offer one.",
    ReferralAction.DECLINE: "It stays with the hub that referred it, and you can no longer read it.",
}

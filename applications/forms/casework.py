"""What a hub's people say of an application beside deciding."""

from collections.abc import Iterable
from typing import Any

from django import forms

from applications.enums import NoteFor, ScreeningOutcome
from mastery_hub.accounts.models import User
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.look import Look


class ScreeningForm(GovukForm):
    outcome = forms.ChoiceField(
        label="What do you find?",
        choices=ScreeningOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select what you find"},
    )
    query = forms.CharField(
        label="What is to be cleared up?",
        help_text="Everyone in the hub reads this. The applicant never does.",
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": "Say what is to be cleared up"},
    )
    said = forms.CharField(
        label="Note for the hub",
        help_text="For example, how a query was cleared up. The applicant never sees this.",
        max_length=2000,
        required=False,
        widget=forms.Textarea,
    )
    looks = {
        "outcome": Look(conditional={ScreeningOutcome.QUERY: "query", ScreeningOutcome.OK: "said"}),
        "query": Look(rows=3),
        "said": Look(rows=3),
    }
    button = "Save"

    @property
    def finding(self) -> dict[str, Any]:
        """What `screening_record` is told."""
        outcome = ScreeningOutcome(self.cleaned_data["outcome"])
        note = self.cleaned_data["query" if outcome == ScreeningOutcome.QUERY else "said"]
        return {"outcome": outcome, "note": note}


def case_choices(people: Iterable[User], user: User) -> list[tuple[str, str]]:
    """The person themselves first, then the rest by name, then nobody."""
    own = [(str(each.pk), f"{each} (me)") for each in people if each == user]
    others = [(str(each.pk), str(each)) for each in people if each != user]
    return [*own, *others, ("nobody", "Nobody")]


class CaseForm(GovukForm):
    """`people` are those of the hub."""

    person = forms.ChoiceField(
        label="Who has this case?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select who has this case", "invalid_choice": "Select somebody of the hub"},
    )
    button = "Save"

    def __init__(self, *args: Any, people: Iterable[User], user: User, heading: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(each.pk): each for each in people}
        field: Any = self.fields["person"]
        field.choices = case_choices(self.people.values(), user)
        self.looks = {"person": Look(divider="nobody", heading=heading)}

    @property
    def chosen(self) -> User | None:
        return self.people.get(self.cleaned_data["person"])


class NoteForm(GovukForm):
    """Who may not read what leads and reviewers note writes for everyone in the hub, and is not asked."""

    text = forms.CharField(
        label="Note",
        help_text="The applicant never sees this. They may ask for a copy of what is held about them, so write what "
        "you would say to them.",
        max_length=4000,
        widget=forms.Textarea,
        error_messages={"required": "Write your note"},
    )
    audience = forms.ChoiceField(
        label="Who reads it?",
        choices=NoteFor.choices,
        initial=NoteFor.SELECTION,
        widget=forms.RadioSelect,
        error_messages={"required": "Select who reads it"},
    )
    looks = {"text": Look(rows=4), "audience": Look(small=True, inline=True)}
    button = "Save the note"

    def __init__(self, *args: Any, sees_evidence: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not sees_evidence:
            del self.fields["audience"]

    @property
    def note(self) -> dict[str, Any]:
        audience = self.cleaned_data.get("audience") or NoteFor.EVERYONE
        return {"text": self.cleaned_data["text"], "audience": NoteFor(audience)}


class NoteCorrectForm(GovukForm):
    text = forms.CharField(
        label="Note", max_length=4000, widget=forms.Textarea, error_messages={"required": "Write your note"}
    )
    looks = {"text": Look(rows=6)}
    button = "Save the correction"

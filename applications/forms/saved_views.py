from typing import Any

from django import forms

from applications.enums import SavedPage
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.look import Look


class NameForm(GovukForm):
    name = forms.CharField(
        label="Name of the view",
        help_text="Only you see it. For example, “Mine to screen”.",
        max_length=40,
        error_messages={"required": "Enter a name for the view"},
    )
    looks = {"name": Look(width=20, autocomplete="off")}
    button = "Save"


class SaveViewForm(NameForm):
    """`page` and `query` say which filters of which list are kept."""

    page = forms.ChoiceField(choices=SavedPage.choices, widget=forms.HiddenInput)
    query = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        if self.errors.get("page"):
            self.add_error(None, "Go back to the list and choose “Save this view” again.")
        return self.cleaned_data

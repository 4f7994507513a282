"""What is asked before an edit of a hub's area is shown: by GET, so that nothing is saved and Back leads back."""

from typing import Any

from django import forms

from mastery_hub.common import clock
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.directory.models import LocalAuthority, MathsHub


class AreaForm(GovukForm):
    method = "get"
    button = "Show what will change"


class AreaAddForm(AreaForm):
    authority = forms.ModelChoiceField(
        LocalAuthority.objects.all(),
        label="Local authority",
        error_messages={"required": "Select a local authority"},
    )
    district = forms.CharField(
        label="District",
        required=False,
        max_length=80,
        help_text="Only for a part of the authority, as the schools register writes it, such as West Suffolk",
    )
    from_on = forms.DateField(label="First day", help_text="For example, 1 9 2027")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["authority"].queryset = LocalAuthority.objects.current()
        self.fields["from_on"].initial = clock.today()


class AreaMoveForm(AreaForm):
    hub = forms.ModelChoiceField(
        MathsHub.objects.all(), label="New hub", error_messages={"required": "Select the new hub"}
    )
    from_on = forms.DateField(label="First day with the new hub", help_text="For example, 1 9 2027")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hub"].queryset = MathsHub.objects.current()
        self.fields["from_on"].initial = clock.today()


class AreaEndForm(AreaForm):
    until_on = forms.DateField(label="First day on which it is no longer the hub’s", help_text="For example, 1 9 2027")

"""Places moved between hubs, and a hub's decisions confirmed or returned."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from cohorts.models import HubPlaces
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.look import Look
from mastery_hub.directory.models import MathsHub

MOST = 99
KEY = re.compile(r"[1-9][0-9]{0,17}")


class PlaceMoveForm(GovukForm):
    number = forms.IntegerField(
        label="How many places?",
        min_value=1,
        max_value=MOST,
        error_messages={"required": "Enter how many places move"},
    )
    reason = forms.CharField(
        label="Why?",
        help_text="Kept with the round. The leads of both hubs read it.",
        max_length=1000,
        widget=forms.Textarea,
        error_messages={"required": "Say why the places move"},
    )
    looks = {"number": Look(width=3, inputmode="numeric"), "reason": Look(rows=3)}
    button = "Move the places"

    def __init__(self, *args: Any, rows: Sequence[HubPlaces], hubs: Iterable[MathsHub], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        left, own = {row.hub: row.left for row in rows}, dict(self.fields)
        giving = {hub: number for hub, number in left.items() if number}
        self.fields.clear()
        self.fields["from_hub"] = self.hub_field(giving, "From which hub?", "Select the hub that gives")
        self.fields["to_hub"] = self.hub_field(
            {hub: left.get(hub, 0) for hub in hubs}, "To which hub?", "Select the hub that gets"
        )
        self.fields.update(own)

    @staticmethod
    def hub_field(left: dict[MathsHub, int], label: str, missing: str) -> forms.TypedChoiceField:
        """Says what is left beside each hub."""
        by_key = {str(hub.pk): hub for hub in left}
        return forms.TypedChoiceField(
            label=label,
            choices=[("", "Choose a hub"), *((str(hub.pk), f"{hub} ({left[hub]} left)") for hub in left)],
            coerce=by_key.__getitem__,
            error_messages={"required": missing},
        )

    def clean(self) -> None:
        said = self.cleaned_data
        if said.get("from_hub") and said.get("from_hub") == said.get("to_hub"):
            self.add_error("to_hub", "Choose two different hubs")


class ConfirmForm(GovukForm):
    """Two buttons: confirm all that were read, or return them with a reason. `waiting` are the keys on the page."""

    reason = forms.CharField(
        label="Reason, if you return them",
        help_text="The leads of the hub read this, exactly as you write it.",
        required=False,
        max_length=2000,
        widget=forms.Textarea,
    )
    looks = {"reason": Look(rows=3, optional=False)}

    def __init__(self, *args: Any, waiting: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting = list(waiting)

    @property
    def confirms(self) -> bool:
        return "confirm" in self.data

    @property
    def read(self) -> list[int]:
        named = self.data.getlist("decision") if hasattr(self.data, "getlist") else []
        return [int(key) for key in named if KEY.fullmatch(key)]

"""What a proposal of moves between hubs is made by."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms

from applications.models.matching import HIGHEST_SCORE, MOST_MILES
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.look import Look


class MatchingForm(GovukForm):
    least_score = forms.DecimalField(
        label="What is the lowest average score of a strong candidate?",
        help_text="From 0 to 4, for example 2.5",
        min_value=0,
        max_value=HIGHEST_SCORE,
        max_digits=3,
        decimal_places=2,
        initial="2.5",
        error_messages={"required": "Enter the lowest average score"},
    )
    reach = forms.IntegerField(
        label="How far may a hub be?",
        help_text="From the candidate’s school to the nearest school of the hub, in a straight line. "
        "Leave it empty for neighbouring hubs alone.",
        min_value=1,
        max_value=MOST_MILES,
        required=False,
    )
    miles_a_point = forms.IntegerField(
        label="How far is one point of the score worth going?",
        help_text="Of two candidates for a place, the one with a point more is preferred up to this much further away.",
        min_value=0,
        max_value=MOST_MILES,
        initial=10,
        error_messages={"required": "Enter how many miles one point is worth"},
    )
    looks = {
        "least_score": Look(width=4, inputmode="decimal"),
        "reach": Look(width=4, suffix="miles", inputmode="numeric"),
        "miles_a_point": Look(width=4, suffix="miles", inputmode="numeric"),
    }
    button = "Propose moves"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.layout = Layout("least_score", "reach", "miles_a_point")

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from cohorts.models import ProgrammePageBlock
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.fields import WordsField
from mastery_hub.common.forms.look import Look
from mastery_hub.dashboards.models import PageFeedback
from mastery_hub.dashboards.pages import page_names
from mastery_hub.directory.forms.hubs import BlockForm

YES_NO = (("yes", "Yes"), ("no", "No"))


class ProgrammeBlockForm(BlockForm):
    """As a hub's, with the preview and the date of the last change."""

    class Meta(BlockForm.Meta):
        model = ProgrammePageBlock  # type: ignore[assignment]


class FeedbackForm(GovukForm):
    """`about` is the route of the page, `back` its address, which is not kept."""

    about = forms.CharField(widget=forms.HiddenInput)
    back = forms.CharField(widget=forms.HiddenInput, required=False)
    useful = forms.ChoiceField(
        label="Is this page useful?",
        choices=YES_NO,
        widget=forms.RadioSelect,
        error_messages={"required": "Select whether the page is useful"},
    )
    plain = forms.ChoiceField(
        label="Was it in plain English?",
        choices=YES_NO,
        widget=forms.RadioSelect,
        error_messages={"required": "Select whether it was in plain English"},
    )
    comment = WordsField(
        label="What would make it better?",
        max_words=200,
        required=False,
        help_text="Do not write about yourself or anybody else: we do not know who sends this, and cannot answer.",
    )
    looks = {
        "useful": Look(inline=True, size="m"),
        "plain": Look(inline=True, size="m"),
        "comment": Look(rows=5, size="m"),
    }
    button = "Send feedback"

    def clean_about(self) -> str:
        route: str = self.cleaned_data["about"]
        if route not in page_names():
            raise ValidationError("Go back to the page that you want to tell us about, and follow its link again.")
        return route

    def row(self) -> PageFeedback:
        given: dict[str, Any] = self.cleaned_data
        return PageFeedback(
            route=given["about"],
            useful=given["useful"] == "yes",
            plain=given["plain"] == "yes",
            comment=given["comment"],
        )

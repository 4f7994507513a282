"""A hub's words in its letters, when it writes later than others, and a letter taken back."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from applications.services.letters import GAPS, LONGEST, gaps_unknown
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.fields import DateField
from mastery_hub.common.forms.look import Look

PUT_IN = f"You can use {', '.join(f'[{gap}]' for gap in GAPS)}: what they stand for is put in."


class WordsField(forms.CharField):
    """Of a letter: names in brackets must be some that are known."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=LONGEST, **kwargs)

    def validate(self, value: str) -> None:
        super().validate(value)
        if unknown := gaps_unknown(value):
            raise ValidationError(f"Nothing can be put in for “[{unknown[0]}]”")


class WordingForm(GovukForm):
    text = WordsField(label="Your hub’s words", help_text=PUT_IN)
    looks = {"text": Look(rows=8, optional=False)}
    button = "Save the words"


class LetterForm(GovukForm):
    """`decision` is the key of the proposal that was read."""

    text = WordsField(label="Your hub’s words in this letter", help_text=PUT_IN)
    decision = forms.IntegerField(widget=forms.HiddenInput)
    looks = {"text": Look(rows=8, optional=False)}
    button = "Save this letter"


class ReleaseDelayForm(GovukForm):
    until = DateField(
        label="By which day does your hub write?",
        help_text="Your applicants who have not heard yet see this day.",
        error_messages={"required": "Enter the day"},
    )
    note = forms.CharField(
        label="Why later?",
        help_text="Your applicants and NCETM read this, exactly as you write it.",
        max_length=1000,
        widget=forms.Textarea,
        error_messages={"required": "Say why your hub writes later"},
    )
    looks = {"note": Look(rows=4)}
    button = "Say so"


class UndoForm(GovukForm):
    reason = forms.CharField(
        label="Why does the letter not stand?",
        help_text="The applicant reads this, exactly as you write it.",
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": "Say why the letter does not stand: the applicant reads it"},
    )
    decision = forms.IntegerField(widget=forms.HiddenInput)
    looks = {"reason": Look(rows=4)}

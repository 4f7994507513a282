"""Asking to keep a place for the next cohort, and deciding it."""

from django import forms

from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.look import Look


class DeferForm(GovukForm):
    reason = forms.CharField(
        label="Why do you want to begin later?",
        help_text="Your Maths Hub reads this",
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": "Say why you want to begin later"},
    )
    until = forms.CharField(
        label="When could you begin?", help_text="For example, September 2028", max_length=200, required=False
    )
    looks = {"reason": Look(rows=5), "until": Look(width="two-thirds")}
    button = "Ask your hub"


class DeferralDecisionForm(GovukForm):
    answer = forms.ChoiceField(
        label="What do you decide?",
        choices=(("grant", "Keep a place for the next cohort"), ("refuse", "Refuse")),
        widget=forms.RadioSelect,
        error_messages={"required": "Select whether you keep a place"},
    )
    reason = forms.CharField(
        label="Why?",
        help_text="The applicant reads this, exactly as you write it.",
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": "Write why: the applicant reads it"},
    )
    looks = {
        "answer": Look(
            hints={
                "grant": "Their place in this cohort is free at once, for your reserve list.",
                "refuse": "They keep the place that they have, or give it up.",
            }
        ),
        "reason": Look(rows=5),
    }
    button = "Confirm your decision"

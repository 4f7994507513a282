"""What a headteacher writes, ticks and signs."""

from collections.abc import Iterable
from typing import Any

from crispy_forms.layout import Layout
from django import forms

from applications.models import Criterion
from cohorts.models import Commitment
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.fields import WordsField
from mastery_hub.common.forms.look import Look

CHANGED = "What your school is asked to agree to has changed. Read it and tick each part again"


class StatementForm(GovukForm):
    looks = {"statement": Look(rows=12)}

    def __init__(self, *args: Any, max_words: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["statement"] = WordsField(
            label="Your statement",
            max_words=max_words,
            what="Your statement",
            error_messages={"required": "Write your statement in support"},
        )


class SignForm(GovukForm):
    """`statement_problem` says what is still wrong with the statement, so that every problem shows at once."""

    agreed = forms.TypedMultipleChoiceField(
        label="The school commits to each of these",
        help_text="Tick each one to agree to it.",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick every commitment to agree to it", "invalid_choice": CHANGED},
    )
    signed_as = forms.CharField(
        label="Your full name",
        help_text="Typing your name here is your signature.",
        max_length=160,
        error_messages={"required": "Type your full name to sign"},
    )
    looks = {"signed_as": Look(width="two-thirds", autocomplete="name", spellcheck=False)}
    button = "Sign and send"

    def __init__(
        self,
        *args: Any,
        commitments: Iterable[Commitment],
        criteria: Iterable[Criterion],
        statement_problem: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = {criterion.pk: criterion for criterion in criteria}
        self.statement_problem = statement_problem
        agreed: Any = self.fields["agreed"]
        agreed.choices = [(commitment.pk, commitment.text) for commitment in commitments]
        self.wanted = len(agreed.choices)
        self.fields["confirmed"] = forms.TypedMultipleChoiceField(
            label="You confirm",
            help_text="Tick each one that is true.",
            choices=[(criterion.pk, criterion.declaration or criterion.text) for criterion in self.criteria.values()],
            coerce=int,
            required=any(criterion.is_essential for criterion in self.criteria.values()),
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": "Tick what you confirm, or decline to support", "invalid_choice": CHANGED},
        )
        asked = ["confirmed"] if self.criteria else []
        self.layout = Layout(*asked, "agreed", "signed_as")
        self.order_fields([*asked, "agreed", "signed_as"])
        if not asked:
            del self.fields["confirmed"]

    def clean_agreed(self) -> set[int]:
        agreed = set(self.cleaned_data["agreed"])
        if missing := self.wanted - len(agreed):
            raise forms.ValidationError(f"Tick every commitment to agree to it: {missing} not ticked yet")
        return agreed

    def clean_confirmed(self) -> set[Criterion]:
        confirmed = {self.criteria[pk] for pk in self.cleaned_data["confirmed"]}
        if {criterion for criterion in self.criteria.values() if criterion.is_essential} - confirmed:
            raise forms.ValidationError("Tick everything that you confirm, or decline to support")
        return confirmed

    def clean(self) -> None:
        if self.statement_problem:
            self.add_error(None, self.statement_problem)


class DeclineForm(GovukForm):
    reason = forms.CharField(
        label="Why can you not support this application?",
        widget=forms.Textarea,
        error_messages={"required": "Give a reason, so that the Maths Hub understands"},
    )
    button = "Decline to support"
    warning = True

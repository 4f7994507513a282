"""What NCETM writes of a round: a criterion, a question, a commitment. Each form carries what its page has shown."""

from collections.abc import Sequence
from typing import Any

from django import forms

from applications.enums import Importance, Shown
from applications.models.rounds import WORDS_LEAST, WORDS_MOST
from cohorts.versions import ChangedMeanwhileError, Values, row_seen, values_of
from mastery_hub.common.forms.look import Look
from mastery_hub.common.references import key_new
from mastery_hub.common.writing import ChangedElsewhereError, SeenForm


class PartForm(SeenForm):
    """`key` names the row; that of a new one is made when its page is opened, so that a second click adds nothing."""

    key = forms.RegexField(r"\A[A-Za-z0-9_-]{1,12}\Z", required=False, widget=forms.HiddenInput)
    button = "Save"
    changed_words = "A colleague has saved this in the meantime"

    def __init__(self, *args: Any, part: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"key": key_new()}
        if part:
            self.initial = {"key": part.key, "seen": self.seen_of(part)} | self.as_typed(part)

    @classmethod
    def seen_of(cls, part: Any) -> str:
        return row_seen(part)

    @classmethod
    def written_of(cls, part: Any) -> dict[str, Any]:
        """A row by the names of its own fields."""
        return values_of(part)

    @classmethod
    def as_typed(cls, part: Any) -> dict[str, Any]:
        """A row by the names of the form's fields."""
        return cls.written_of(part)

    @property
    def values(self) -> Values:
        """The form by the names of the row's fields."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("key", "seen")}

    def show_colleague(self, refused: ChangedMeanwhileError) -> None:
        """What a colleague saved stands above what was typed; saving again is then a choice."""
        if refused.row is None:
            self.saw("")
            self.add_error(None, refused.message)
            return
        theirs, mine = self.as_typed(refused.row), dict(self.cleaned_data)
        stored = {name: value for name, value in theirs.items() if name in self.fields and mine.get(name) != value}
        error = ChangedElsewhereError("", stored=stored, mark=self.seen_of(refused.row))
        error.message = refused.message
        self.show_changed(error)


def _text(label: str, *, required: str = "", most: int = 1000, **kwargs: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        required=bool(required),
        widget=forms.Textarea,
        error_messages={"required": required, "max_length": f"{label} must be {most:,} characters or fewer"},
        **kwargs,
    )


SENTENCES = {Shown.DECLARED: "declared", Shown.HEADTEACHER: "confirmed"}  # the field for the sentence to confirm


class CriterionForm(PartForm):
    text = _text("Criterion", required="Enter the criterion", help_text="For example, Qualified Teacher Status")
    importance = forms.ChoiceField(
        choices=Importance.choices, widget=forms.RadioSelect, error_messages={"required": "Select how important it is"}
    )
    shown = forms.ChoiceField(
        label="How is it shown?",
        choices=Shown.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select how it is shown"},
    )
    declared = _text(
        "The sentence that the applicant says yes or no to", required="Enter the sentence to say yes or no to"
    )
    weight = forms.IntegerField(
        min_value=1,
        max_value=10,
        help_text="From 1 to 10. A criterion of weight 2 counts twice when applications are compared.",
        error_messages={
            "required": "Enter a weight from 1 to 10",
            "invalid": "Weight must be a whole number from 1 to 10",
            "min_value": "Weight must be 1 or more",
            "max_value": "Weight must be 10 or less",
        },
    )
    confirmed = _text("The sentence that the headteacher ticks", required="Enter the sentence to tick")
    guidance = _text("Guidance for the applicant", most=2000)
    allows_document = forms.BooleanField(label="Applicants may upload a document for this criterion", required=False)
    looks = {
        "text": Look(rows=2),
        "importance": Look(inline=True),
        "shown": Look(
            conditional={
                Shown.DECLARED.value: "declared",
                Shown.EVIDENCED.value: "weight",
                Shown.HEADTEACHER.value: "confirmed",
            }
        ),
        "declared": Look(rows=2),
        "confirmed": Look(rows=2),
        "weight": Look(width=2, inputmode="numeric"),
        "guidance": Look(rows=3),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("weight", 1)

    @classmethod
    def as_typed(cls, part: Any) -> dict[str, Any]:
        values = cls.written_of(part)
        sentence = values.pop("declaration")
        return values | {name: sentence for shown, name in SENTENCES.items() if shown == values["shown"]}

    @property
    def values(self) -> Values:
        values = super().values
        sentences = {shown: values.pop(name) for shown, name in SENTENCES.items()}
        return values | {"declaration": sentences.get(values["shown"], ""), "weight": values["weight"] or 1}


class QuestionForm(PartForm):
    text = _text("Question", required="Enter the question")
    guidance = _text("Guidance for the applicant", most=2000)
    word_limit = forms.IntegerField(
        label="Word limit",
        min_value=WORDS_LEAST,
        max_value=WORDS_MOST,
        help_text=f"From {WORDS_LEAST} to {WORDS_MOST:,}",
        error_messages={
            "required": "Enter the word limit",
            "invalid": "Word limit must be a whole number",
            "min_value": f"Word limit must be {WORDS_LEAST} or more",
            "max_value": f"Word limit must be {WORDS_MOST:,} or less",
        },
    )
    criteria = forms.MultipleChoiceField(
        label="Which criteria is the answer scored for?",
        help_text="Only criteria that are evidenced in writing. You can choose them later.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "A criterion that you chose is no longer there. Choose again"},
    )
    looks = {
        "text": Look(rows=2),
        "guidance": Look(rows=3),
        "word_limit": Look(width=4, inputmode="numeric", suffix="words"),
        "criteria": Look(small=True, optional=False),
    }

    def __init__(self, *args: Any, criteria: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["criteria"].choices = criteria
        if not criteria:
            del self.fields["criteria"]

    @property
    def values(self) -> Values:
        values = super().values
        return values | {"criteria": sorted(values.get("criteria", []))}


class CommitmentForm(PartForm):
    text = _text("Commitment", required="Enter the commitment", help_text="As whoever signs it says it: “I will …”")
    looks = {"text": Look(rows=3)}


class AgreeForm(SeenForm):
    """A press of one button about what the page has shown."""

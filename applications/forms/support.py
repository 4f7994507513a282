"""What a headteacher writes, ticks and signs."""

from collections.abc import Iterable, Sequence
from typing import Any

from crispy_forms.layout import Layout
from django import forms

from applications.models import Criterion, HeadteacherSupport
from applications.models.support import SupportRequest
from cohorts.models import Commitment
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.fields import WordsField
from mastery_hub.common.forms.look import Look
from mastery_hub.common.forms.validators import name_validator
from mastery_hub.common.forms.words import MaxWordsValidator
from mastery_hub.common.writing import ChangedElsewhereError, WritingForm

CHANGED = "What your school is asked to agree to has changed. Read it and tick each part again"


class StatementForm(WritingForm):
    """A text that is too long is kept all the same: `length_check` only says so."""

    looks = {"statement": Look(rows=12)}

    def __init__(self, *args: Any, support: SupportRequest, max_words: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.autosave_key = f"{type(support).__name__} {support.pk} statement"
        field = WordsField(
            label="Your statement",
            max_words=max_words,
            what="Your statement",
            error_messages={"required": "Write your statement in support"},
        )
        self.too_long = [each for each in field.validators if isinstance(each, MaxWordsValidator)]
        field.validators = [each for each in field.validators if each not in self.too_long]
        self.fields["statement"] = field

    @property
    def written(self) -> str:
        return (self["statement"].data or "").replace("\x00", "")

    def show_changed(self, error: ChangedElsewhereError) -> None:
        error.stored = {"statement": error.stored["text"]}
        super().show_changed(error)

    def length_check(self) -> None:
        """Called once the text is saved."""
        for validate in self.too_long:
            try:
                validate(self.written)
            except forms.ValidationError as error:
                self.add_error("statement", error)


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


class RenewForm(SignForm):
    """`read` is the mark of the terms that the page showed: nobody signs for what they have not seen."""

    read = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, criteria=[], **kwargs)
        self.layout = Layout("read", "agreed", "signed_as")

    def read_again(self, mark: str) -> None:
        """The page now shows the terms as they have become."""
        sent: Any = self.data
        sent = sent.copy()
        sent["read"] = mark
        self.data = sent


class DeclineForm(GovukForm):
    reason = forms.CharField(
        label="Why can you not support this application?",
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": "Give a reason, so that the Maths Hub understands"},
    )
    button = "Decline to support"
    warning = True


class RenewalDeclineForm(DeclineForm):
    button = "Decline to sign again"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = "Why can you not sign again?"


class PersonForm(GovukForm):
    """Somebody who is to get a link."""

    first_name = forms.CharField(
        label="Their first name",
        max_length=80,
        validators=[name_validator],
        error_messages={"required": "Enter their first name"},
    )
    last_name = forms.CharField(
        label="Their last name",
        max_length=80,
        validators=[name_validator],
        error_messages={"required": "Enter their last name"},
    )
    email = forms.EmailField(
        label="Their email address",
        max_length=254,
        help_text="Their own work address: whoever reads the email can answer for the school",
        error_messages={"required": "Enter their email address"},
    )
    looks = {
        "first_name": Look(width="two-thirds", spellcheck=False, autocomplete="off"),
        "last_name": Look(width="two-thirds", spellcheck=False, autocomplete="off"),
        "email": Look(autocomplete="off"),
    }


class PassOnForm(PersonForm):
    role = forms.CharField(
        label="Their role in the school",
        help_text="For example, executive headteacher",
        max_length=80,
        error_messages={"required": "Enter their role in the school"},
    )
    reason = forms.CharField(
        label="Why do they sign for the school?",
        help_text="The Maths Hub reads this. The applicant does not.",
        max_length=500,
        widget=forms.Textarea,
        error_messages={"required": "Say why they sign for the school"},
    )
    looks = PersonForm.looks | {"role": Look(width="two-thirds", autocomplete="off"), "reason": Look(rows=4)}
    field_order = ("first_name", "last_name", "role", "email", "reason")
    button = "Pass the request on"


class NewHeadteacherForm(PersonForm):
    button = "Ask them to sign"


class RankForm(GovukForm):
    """A place for each teacher; `supports` come with their applicants, and with the places they have."""

    button = "Save the order"
    mark_optional = False

    def __init__(self, *args: Any, supports: Sequence[HeadteacherSupport], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = {f"place-{support.pk}": support.pk for support in supports}
        self.asked = dict.fromkeys(self.names, "A teacher’s place")  # what is counted of a mistake names nobody
        choices = [("", "No place"), *((str(place), str(place)) for place in range(1, len(supports) + 1))]
        for name, support in zip(self.names, supports, strict=True):
            rank = getattr(support, "rank", None)
            self.fields[name] = forms.ChoiceField(
                label=str(support.application.applicant),
                choices=choices,
                required=False,
                initial=str(rank.place) if rank else "",
            )

    @property
    def places(self) -> dict[int, int]:
        given = {pk: self.cleaned_data[name] for name, pk in self.names.items()}
        return {pk: int(place) for pk, place in given.items() if place}

    def clean(self) -> None:
        """All of them have a place of their own, or none has any."""
        if self.errors:
            return
        given = [self.cleaned_data[name] for name in self.names]
        for name in self.names if any(given) else ():
            place = self.cleaned_data[name]
            if not place:
                self.add_error(name, self._wrong(name, "Give %(teacher)s a place, or nobody any"))
            elif given.count(place) > 1:
                self.add_error(name, self._wrong(name, "Give %(teacher)s a place of their own"))

    def _wrong(self, name: str, words: str) -> forms.ValidationError:
        return forms.ValidationError(words, params={"teacher": self.fields[name].label})

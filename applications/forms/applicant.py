"""What the applicant is asked, one form for each page."""

from collections.abc import Sequence
from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import ValidationError

from applications.enums import Importance, PhaseTaught, Shown, WithdrawalReason
from applications.forms.asked import NO_ADDRESS, ROLE_ALONE
from applications.models import Application, Criterion, InformationDocument, Question, Round
from applications.services.applications import declaration_name
from cohorts.models import CommitmentSet
from mastery_hub.accounts.forms import trn_cleaned
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.fields import TelephoneField, WordsField
from mastery_hub.common.forms.helper import Button, Group
from mastery_hub.common.forms.look import Look
from mastery_hub.common.forms.validators import name_validator
from mastery_hub.common.forms.words import MaxWordsValidator
from mastery_hub.common.writing import SeenForm, WritingForm
from mastery_hub.directory.forms.schools import SchoolButtonMixin, SchoolField
from mastery_hub.directory.forms.unlisted import UnlistedSchoolForm
from mastery_hub.directory.models import MathsHub

LATER = Button("Save and come back later", name="later")
YES_NO = (("yes", "Yes"), ("no", "No"))


class StartForm(GovukForm):
    """`document` is the version that was on the page, so that a newer one is noticed, and `nomination` the one that
    beginning accepts."""

    document = forms.ModelChoiceField(InformationDocument.objects.none(), widget=forms.HiddenInput)
    nomination = forms.CharField(required=False, widget=forms.HiddenInput)
    read = forms.BooleanField()
    button = "Start your application"

    def __init__(
        self,
        *args: Any,
        round: Round,
        document: InformationDocument,
        asks_school: bool = False,
        accepts: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if accepts:
            self.fields["nomination"].initial = accepts
        else:
            del self.fields["nomination"]
        if asks_school:
            self.fields = {"school": SchoolField(label="Which school do you work in?")} | self.fields
        self.fields["document"].queryset = round.documents.all()
        self.fields["document"].initial = document
        read = self.fields["read"]
        read.label = f"I have read version {document.version} of the information document"
        read.error_messages["required"] = "Confirm that you have read the information document"


class SectionForm(GovukForm):
    """Part of a draft. With `later` nothing is required; whatever is valid stands in `cleaned_data` either way."""

    extra_buttons: Sequence[Button] = (LATER,)

    def __init__(self, *args: Any, application: Application, later: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.application = application
        self.later = later and LATER in self.extra_buttons

    def full_clean(self) -> None:
        required = [field for field in self.fields.values() if field.required]
        for field in required:
            field.required = not self.later
        super().full_clean()
        for field in required:
            field.required = True


class AboutForm(SeenForm, SectionForm):
    first_name = forms.CharField(
        max_length=80, validators=[name_validator], error_messages={"required": "Enter your first name"}
    )
    last_name = forms.CharField(
        max_length=80, validators=[name_validator], error_messages={"required": "Enter your last name"}
    )
    job_title = forms.CharField(
        label="Your role",
        max_length=100,
        help_text="For example, class teacher and maths lead",
        error_messages={"required": "Enter your role"},
    )
    phase = forms.ChoiceField(
        label="Which phase do you teach?",
        choices=PhaseTaught.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select the phase you teach"},
    )
    phases = forms.MultipleChoiceField(
        label="Which phases do you teach?",
        help_text="Select all that apply",
        choices=[(phase.value, phase.label) for phase in PhaseTaught.single()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select the phases you teach"},
    )
    trn = forms.CharField(
        label="Teacher reference number (TRN)",
        help_text="7 digits, such as 1234567. It is on your payslip and in letters from Teachers’ Pensions. "
        "Your school office can also tell you.",
        error_messages={"required": "Enter your teacher reference number (TRN)"},
    )
    telephone = TelephoneField(label="Telephone number", required=False, help_text="Only your Maths Hub sees it")
    ncetm_username = forms.CharField(
        label="NCETM username", required=False, max_length=80, help_text="If you have an account on the NCETM website"
    )
    looks = {
        "first_name": Look(width="two-thirds", autocomplete="given-name", spellcheck=False),
        "last_name": Look(width="two-thirds", autocomplete="family-name", spellcheck=False),
        "phase": Look(conditional={PhaseTaught.MIXED.value: "phases"}),
        "trn": Look(width=10, inputmode="numeric", spellcheck=False),
        "telephone": Look(width=20),
        "ncetm_username": Look(width=20, spellcheck=False),
    }

    def clean_phases(self) -> list[str]:
        """One phase alone is its own answer above."""
        chosen = self.cleaned_data["phases"]
        if len(chosen) == 1 and not self.later:
            raise ValidationError(f"Select another phase, or select only “{PhaseTaught(chosen[0]).label}” above", "few")
        return chosen

    def clean_trn(self) -> str:
        return trn_cleaned(self.cleaned_data["trn"], self.application.applicant)


class SchoolForm(SchoolButtonMixin, SeenForm, SectionForm):
    school = SchoolField(label="Which school do you work in?", buttons=("Search", "Choose this school"))
    extra_buttons = ()


class HubForm(SeenForm, SectionForm):
    """`hubs` are those that recruit, the home hub first if it does. Where it does not, no reason need be given."""

    hub = forms.ModelChoiceField(
        MathsHub.objects.none(),
        label="Which Maths Hub do you want to apply to?",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": "Select a Maths Hub",
            "invalid_choice": "Select one of these hubs: the one you chose does not recruit near your school",
        },
    )
    reason = forms.CharField(
        label="Why are you not applying to your home hub?",
        help_text="Both hubs read this. Leave it empty if you are applying to your home hub.",
        required=False,
        max_length=1000,
        widget=forms.Textarea,
    )
    looks = {"hub": Look(size="m"), "reason": Look(rows=4, optional=False)}
    extra_buttons = ()

    def __init__(self, *args: Any, hubs: Sequence[MathsHub], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        home = self.application.home_hub
        self.fields["hub"].queryset = MathsHub.objects.filter(pk__in=[hub.pk for hub in hubs])
        self.fields["hub"].choices = [(str(hub.pk), str(hub)) for hub in hubs]
        if home in hubs:
            self.looks = self.looks | {"hub": Look(size="m", hints={str(home.pk): "Your home hub"})}
        else:
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        hub, home = said.get("hub"), self.application.home_hub
        if "reason" in self.fields and hub and hub != home and not said.get("reason") and not self.has_error("reason"):
            self.add_error("reason", f"Say why you are applying to {hub} and not to {home}")
        return said


class TypedSchoolForm(SeenForm, SectionForm, UnlistedSchoolForm):
    """A school that the search did not find, typed in whole: half of one would tell nobody anything."""

    extra_buttons = ()


class DeclarationsForm(SeenForm, SectionForm):
    """Yes or no to each criterion that is a fact, the essential ones first. `terms` is the version that was on the
    page: a yes to other words than are asked now is asked for again."""

    terms = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        declared = [c for c in self.application.terms.criteria.all() if c.shown == Shown.DECLARED]
        self.criteria = {declaration_name(criterion.key): criterion for criterion in declared}
        self.fields["terms"].initial = self.application.terms_id
        reworded = self._take_reworded()
        given = {d.criterion_id: "yes" if d.met else "no" for d in self.application.declarations.all()}
        for name, criterion in self.criteria.items():
            sentence = criterion.declaration or criterion.text
            self.fields[name] = forms.ChoiceField(
                label=sentence,
                help_text=criterion.guidance,
                choices=YES_NO,
                widget=forms.RadioSelect,
                initial=given.get(criterion.pk),
                error_messages={
                    "required": f"The words have changed. Select yes or no for “{sentence}”"
                    if name in reworded
                    else f"Select yes or no for “{sentence}”"
                },
            )
        self.looks = dict.fromkeys(self.criteria, Look(inline=True))
        self.layout = Layout("seen", "terms", *filter(None, map(self._group, Importance)))

    def _take_reworded(self) -> set[str]:
        """Takes out what an old page sent for sentences that read otherwise now; returns their names."""
        data: Any = self.data
        sent = data.get("terms", "")
        if not sent.isdecimal() or len(sent) > 18 or int(sent) == self.application.terms_id:
            return set()
        shown = Criterion.objects.filter(terms=sent, terms__round=self.application.round_id)
        sentences = {declaration_name(criterion.key): criterion.declaration for criterion in shown}
        given = self.criteria.keys() & data.keys()
        reworded = {name for name in given if sentences.get(name) != self.criteria[name].declaration}
        self.carry("terms", str(self.application.terms_id))
        for name in reworded:
            self.carry(name, "")
        return reworded

    def _group(self, importance: Importance) -> Group | None:
        names = [name for name, criterion in self.criteria.items() if criterion.importance == importance]
        return Group(importance.label, *names, hint=HINTS[importance]) if names else None

    @property
    def met(self) -> dict[Criterion, bool]:
        """Those that were answered."""
        given = {name: self.cleaned_data.get(name) for name in self.criteria}
        return {self.criteria[name]: value == "yes" for name, value in given.items() if value}


HINTS = {
    Importance.ESSENTIAL: "You need all of these to take part.",
    Importance.DESIRABLE: "These help, but you can apply without them.",
}


QUESTION_CHANGED = (
    "The questions of this round have changed since you opened this page, so your answer is not saved yet. "
    "Check that it answers this question, then save again"
)


class AnswerForm(WritingForm, SectionForm):
    """A text that is too long is kept all the same: `length_check` only says so. `shown` is the question as it stood
    on the page; by the time it is sent it may read otherwise, or its number may be another's."""

    question = forms.Field(required=False, widget=forms.HiddenInput)
    text = WordsField(label="Your answer", max_words=1, error_messages={"required": "Enter your answer"})
    looks = {"text": Look(rows=16, spellcheck=True)}
    is_saved_too_long = False

    def __init__(self, *args: Any, question: Question, shown: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.autosave_key = f"{self.application.reference} question {question.key}"
        self.fields["question"].initial = self.question_id = str(question.pk)
        self.shown_id = str(shown.pk)
        field = self.fields["text"]
        field.max_words = question.word_limit
        self.asked = {"text": question.text}
        field.validators = [v for v in field.validators if not isinstance(v, MaxWordsValidator)]

    def clean(self) -> None:
        sent = self.cleaned_data.get("question")
        if sent not in (self.question_id, None):
            self.carry("question", self.question_id)
        if sent not in (self.question_id, self.shown_id, None):
            self.add_error("text", QUESTION_CHANGED)

    def length_check(self) -> None:
        """Called once the text is saved: the page says both."""
        try:
            MaxWordsValidator(self.fields["text"].max_words)(self.cleaned_data.get("text", ""))
        except ValidationError as error:
            self.is_saved_too_long = True
            self.add_error("text", error)


class CommitmentsForm(SectionForm):
    """Ticked one by one; signing is for the whole set."""

    agreed = forms.MultipleChoiceField(label="Tick each commitment to agree to it", widget=forms.CheckboxSelectMultiple)
    signed_as = forms.CharField(
        label="Sign with your full name", max_length=160, error_messages={"required": "Enter your full name to sign"}
    )
    looks = {"agreed": Look(size="m"), "signed_as": Look(width="two-thirds", autocomplete="name", spellcheck=False)}
    button = "Agree and sign"
    extra_buttons = ()

    def __init__(self, *args: Any, commitment_set: CommitmentSet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(c.pk), c.text) for c in commitment_set.commitments.all()]
        self.fields["agreed"].choices = choices
        self.fields["agreed"].error_messages["required"] = f"Tick all {len(choices)} commitments"

    def clean_agreed(self) -> set[int]:
        total, agreed = len(self.fields["agreed"].choices), self.cleaned_data["agreed"]
        if missing := total - len(agreed):
            raise ValidationError(f"Tick all {total} commitments: {missing} not ticked yet", code="missing")
        return {int(pk) for pk in agreed}


class HeadteacherForm(SectionForm):
    first_name = forms.CharField(
        label="Headteacher’s first name",
        max_length=80,
        validators=[name_validator],
        error_messages={"required": "Enter your headteacher’s first name"},
    )
    last_name = forms.CharField(
        label="Headteacher’s last name",
        max_length=80,
        validators=[name_validator],
        error_messages={"required": "Enter your headteacher’s last name"},
    )
    email = forms.EmailField(
        label="Headteacher’s email address",
        max_length=254,
        help_text="Their own work address, not the school office’s: whoever reads the email can answer for your school",
        error_messages={"required": "Enter your headteacher’s email address"},
    )
    looks = {
        "first_name": Look(width="two-thirds", spellcheck=False, autocomplete="off"),
        "last_name": Look(width="two-thirds", spellcheck=False, autocomplete="off"),
        "email": Look(autocomplete="off"),
    }
    button = "Send the request"
    extra_buttons = ()


class SignatoryForm(HeadteacherForm):
    """Asked of a headteacher who applies: somebody else signs, and the hub agrees to them."""

    role = forms.CharField(
        label="Their role in the school",
        help_text="For example, chair of governors",
        max_length=80,
        validators=[ROLE_ALONE],
        error_messages={"required": "Enter their role in the school"},
    )
    looks = HeadteacherForm.looks | {"role": Look(width="two-thirds", autocomplete="off")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in (("first_name", "first name"), ("last_name", "last name"), ("email", "email address")):
            self.fields[name].label = f"Their {words}"
            self.fields[name].error_messages["required"] = f"Enter their {words}"
            if name != "email":
                self.fields[name].validators.append(NO_ADDRESS)
        self.order_fields(["first_name", "last_name", "role", "email"])


class OfferForm(GovukForm):
    answer = forms.ChoiceField(
        label="Do you accept the place?",
        choices=(("accept", "Yes, I accept the place"), ("decline", "No, I decline the place")),
        widget=forms.RadioSelect,
        error_messages={"required": "Select whether you accept the place"},
    )
    reason = forms.CharField(
        label="Why are you declining?",
        help_text="Your Maths Hub reads this",
        required=False,
        max_length=1000,
        widget=forms.Textarea,
    )
    looks = {"answer": Look(conditional={"decline": "reason"}, size="m"), "reason": Look(rows=4)}
    button = "Confirm your answer"


class WithdrawForm(GovukForm):
    why = forms.ChoiceField(
        label="Why are you withdrawing?",
        help_text="Your Maths Hub reads this. It counts for nothing if you apply again.",
        choices=WithdrawalReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select why you are withdrawing"},
    )
    words = forms.CharField(label="What is the reason?", required=False, max_length=1000, widget=forms.Textarea)
    looks = {"why": Look(size="m", conditional={WithdrawalReason.OTHER.value: "words"}), "words": Look(rows=4)}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("why") == WithdrawalReason.OTHER and not said.get("words") and not self.has_error("words"):
            self.add_error("words", "Say what the reason is")
        return said

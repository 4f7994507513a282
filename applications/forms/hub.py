"""How a hub scores an application, proposes its decision and finds a school that was typed in."""

from collections.abc import Iterable
from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils.html import format_html

from applications.enums import SCORE_MEANINGS, Outcome
from applications.models import Criterion, Score
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.helper import Group
from mastery_hub.common.forms.look import Look
from mastery_hub.common.forms.wording import listed
from mastery_hub.directory.forms.schools import SchoolButtonMixin, SchoolField

SCORES = [(value, f"{value} – {meaning}") for value, meaning in reversed(SCORE_MEANINGS.items())]


class ReviewForm(GovukForm):
    """A score and a comment for each evidenced criterion; a draft may leave any of them out."""

    mark_optional = False  # a draft may lack scores, but none is optional

    def __init__(self, *args: Any, criteria: Iterable[Criterion], scores: Iterable[Score], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = list(criteria)
        given = {score.criterion_id: score for score in scores}
        self.looks: dict[str, Look] = {}
        for criterion in self.criteria:
            self.add(criterion, given.get(criterion.pk))

    def add(self, criterion: Criterion, score: Score | None) -> None:
        value, comment = self.names(criterion)
        self.fields[value] = forms.TypedChoiceField(
            label=criterion.text,
            help_text=criterion.guidance,
            choices=SCORES,
            coerce=int,
            empty_value=None,
            required=self.submitting,
            initial=score.value if score else None,
            widget=forms.RadioSelect,
            error_messages={"required": f"Score “{criterion.text}”"},
        )
        self.fields[comment] = forms.CharField(
            label=format_html('Comment (optional)<span class="govuk-visually-hidden"> on {}</span>', criterion.text),
            required=False,
            initial=score.comment if score else "",
            widget=forms.Textarea,
        )
        self.looks |= {value: Look(small=True), comment: Look(rows=2, size="")}

    @staticmethod
    def names(criterion: Criterion) -> tuple[str, str]:
        return f"score-{criterion.pk}", f"comment-{criterion.pk}"

    def fields_of(self, criterion: Criterion) -> list[Any]:
        return [self[name] for name in self.names(criterion)]

    @property
    def submitting(self) -> bool:
        return "submit" in self.data

    def clean(self) -> None:
        for criterion in self.criteria:
            value, comment = self.names(criterion)
            said = self.cleaned_data.get(comment)
            if said and self.cleaned_data.get(value) is None and not self.has_error(value):
                self.add_error(value, f"Give a score with your comment on “{criterion.text}”")

    @property
    def scores(self) -> dict[Criterion, tuple[int, str]]:
        found = {}
        for criterion in self.criteria:
            value, comment = (self.cleaned_data[name] for name in self.names(criterion))
            if value is not None:
                found[criterion] = (value, comment)
        return found


OTHER = "another-reason"
FEEDBACK = {
    Outcome.OFFER: "Anything to add to the letter",
    Outcome.RESERVE: "Feedback for the applicant",
    Outcome.UNSUCCESSFUL: "Feedback for the applicant",
}


class DecisionForm(GovukForm):
    """`outcomes` are those that may be proposed now; each keeps a text of its own for the letter."""

    outcome = forms.ChoiceField(
        label="What do you propose?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select what you propose"},
    )
    reason = forms.CharField(
        label="Reason for the hub’s record",
        help_text="The applicant never sees this. Say why, if you change a proposal.",
        required=False,
        widget=forms.Textarea,
    )
    button = "Propose"

    def __init__(
        self,
        *args: Any,
        outcomes: Iterable[Outcome],
        places: str,
        departing: Iterable[Outcome] = (),
        needs: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        """`departing` are the outcomes that depart from the order of the scores, for which one of `needs` or a reason
        in words is asked."""
        super().__init__(*args, **kwargs)
        self.departing, self.needs = list(departing), list(needs)
        outcome_field: Any = self.fields["outcome"]
        outcome_field.choices = [(outcome.value, outcome.label) for outcome in outcomes]
        for outcome, label in FEEDBACK.items():
            self.fields[self.feedback_of(outcome)] = forms.CharField(
                label=label,
                help_text="This goes into the letter exactly as you write it.",
                required=outcome == Outcome.UNSUCCESSFUL,
                widget=forms.Textarea,
                error_messages={"required": "Write feedback for the applicant"},
            )
        self.looks = {
            "outcome": Look(
                hints={Outcome.OFFER.value: places},
                conditional={outcome.value: self.feedback_of(outcome) for outcome in outcomes},
            ),
            "reason": Look(rows=3),
            "need": Look(optional=False),
            "departure": Look(rows=3, optional=False),
        }
        self.layout = Layout("outcome", *self._departure_fields(), "reason")

    def _departure_fields(self) -> list[Any]:
        """Asked for only where it may be needed; which of the outcomes needs it is said above."""
        if not self.departing:
            return []
        fields = []
        if self.needs:
            self.fields["need"] = forms.ChoiceField(
                label="Which need of your strategic plan?",
                choices=[*((need, need) for need in self.needs), (OTHER, "Another reason")],
                widget=forms.RadioSelect,
                required=False,
            )
            fields.append("need")
        self.fields["departure"] = forms.CharField(
            label="Why, in words", required=False, max_length=2000, widget=forms.Textarea
        )
        named = listed([f"“{outcome.label}”" for outcome in self.departing], "or")
        hint = f"Asked for where you propose {named}: somebody with a higher score would come after one with a lower."
        return [Group("Departing from the order of the scores", *fields, "departure", hint=hint)]

    def clean(self) -> None:
        outcome = self.cleaned_data.get("outcome")
        if outcome in self.departing and not self.departure:
            self.add_error("departure", "Say why this departs from the order of the scores")

    @property
    def departure(self) -> str:
        """The need in the plan's words of this day, and the lead's own."""
        need, said = (self.cleaned_data.get(name) or "" for name in ("need", "departure"))
        need = "" if need == OTHER else need
        return f"{need.rstrip('.')}. {said}" if need and said else need or said

    @staticmethod
    def feedback_of(outcome: Outcome) -> str:
        return f"feedback_{outcome.value}"

    @property
    def proposal(self) -> dict[str, Any]:
        """What `decision_propose` is told."""
        outcome = Outcome(self.cleaned_data["outcome"])
        return {
            "outcome": outcome,
            "feedback": self.cleaned_data[self.feedback_of(outcome)],
            "reason": self.cleaned_data["reason"],
            "departure": self.departure,
        }


class TakeBackForm(GovukForm):
    reason = forms.CharField(
        label="Reason for the hub’s record",
        help_text="The applicant never sees this.",
        required=False,
        widget=forms.Textarea,
    )
    looks = {"reason": Look(rows=3)}


class MatchSchoolForm(SchoolButtonMixin, GovukForm):
    """`shown` is the number of the school that the page said the application is of."""

    school = SchoolField(
        label="Which school of the register is it?",
        any_status=True,  # one that is still to open is where new teachers are
        buttons=("Search", "This is the school"),
        error_messages={"choose": "Select the school, or search for it by another name"},
    )
    shown = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, shown: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shown"].initial = shown

"""How a hub selects, on one page: what it turns on, its plan in words and its needs, with room for two more."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms

from applications.enums import PhaseTaught
from applications.models.plans import REVIEWERS_MOST
from applications.services.plans import MOST_NEEDS, Need, Plan
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.helper import Group
from mastery_hub.common.forms.look import Look
from mastery_hub.directory.models import LocalAuthority, MathsHub

MORE = 2  # empty ones, besides those there are
REVIEWERS = [(1, "One"), (2, "Two"), (3, "Three")][:REVIEWERS_MOST]


class SelectionPlanForm(GovukForm):
    """A need without words is none."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    blind = forms.BooleanField(
        label="Read without name and school",
        help_text="So far in the work list and its file alone, and no notes are shown: until they have submitted their "
        "own scores, reviewers still see name and school on the list and the page of an application.",
        required=False,
    )
    reviewers_each = forms.TypedChoiceField(
        label="How many reviewers score each application?",
        help_text="This is what your hub means to do: nothing is held back until so many have scored.",
        choices=REVIEWERS,
        coerce=int,
        widget=forms.RadioSelect,
    )
    moderates = forms.BooleanField(
        label="Moderate scores that are two or more apart",
        help_text="This is what your hub means to do: scores stay as they are, and leads see them side by side.",
        required=False,
    )
    offers_reserves = forms.BooleanField(
        label="Offer a place that becomes free to the next on the reserve list",
        help_text="The offer goes out by itself, with a date to reply by.",
        required=False,
    )
    strategic_plan = forms.CharField(
        label="What does your hub need besides the best scores?",
        help_text="For example areas without a specialist, or a phase that you have few in. A decision that departs "
        "from the order of scores gives one of these reasons. Applicants do not see it.",
        required=False,
        max_length=5000,
        widget=forms.Textarea,
    )
    button = "Save"

    def __init__(self, *args: Any, hub: MathsHub, plan: Plan, seen: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = {name: value for name, value in vars(plan).items() if name != "needs"}
        self.initial = {**own, "seen": seen, **self.initial}
        areas = LocalAuthority.objects.current().filter(hub_areas__hub=hub).distinct()
        kept = {need.authority.pk for need in plan.needs if need.authority}
        found = LocalAuthority.objects.filter(pk__in={*areas.values_list("pk", flat=True), *kept})
        self.authorities = {str(each.pk): each for each in found}  # read once, however many needs there are
        self.numbers = range(1, min(len(plan.needs) + MORE, MOST_NEEDS) + 1)
        looks = {"seen": Look(), "reviewers_each": Look(inline=True), "strategic_plan": Look(rows=6, optional=False)}
        looks |= {name: Look(optional=False) for name in ("blind", "moderates", "offers_reserves")}
        for number in self.numbers:
            looks |= self._ask(number, plan.needs[number - 1] if number <= len(plan.needs) else None)
        self.looks = looks

    def _ask(self, number: int, need: Need | None) -> dict[str, Look]:
        title, phase, authority = self._names(number)
        self.fields[title] = forms.CharField(label="What you look for", max_length=150, required=False)
        phases = [("", "Any phase"), *((each.value, each.label) for each in PhaseTaught.single())]
        self.fields[phase] = forms.ChoiceField(label="Phase", choices=phases, required=False)
        areas = [("", "Anywhere in your area"), *((key, str(area)) for key, area in self.authorities.items())]
        self.fields[authority] = forms.TypedChoiceField(
            label="Area", choices=areas, coerce=self.authorities.__getitem__, empty_value=None, required=False
        )
        if need:
            area = need.authority.pk if need.authority else ""
            self.initial = {**self.initial, title: need.title, phase: need.phase, authority: area}
        return dict.fromkeys((title, phase, authority), Look(optional=False))

    @staticmethod
    def _names(number: int) -> tuple[str, str, str]:
        return f"need-{number}", f"phase-{number}", f"authority-{number}"

    def now_seen(self, seen: str) -> None:
        """The page that is shown again tells of the change: sent once more, it may replace it."""
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        data["seen"] = seen
        self.data = data

    @property
    def layout(self) -> Layout:  # type: ignore[override]
        hint = "Leave the words empty if there is no such need."
        needs = (Group(f"Need {n}", *self._names(n), hint=hint, size="s") for n in self.numbers)
        switches = ("blind", "reviewers_each", "moderates", "offers_reserves")
        return Layout("seen", Group("Reviewing", *switches), Group("Strategic plan", "strategic_plan"), *needs)

    def clean(self) -> dict[str, Any]:
        super().clean()
        for number in self.numbers:
            title, phase, authority = self._names(number)
            said = self.cleaned_data.get(phase) or self.cleaned_data.get(authority)
            if said and not self.cleaned_data.get(title) and not self.has_error(title):
                self.add_error(title, f"Say what you look for in need {number}, or clear its phase and area")
        return self.cleaned_data

    @property
    def wanted(self) -> Plan:
        needs = [Need(*(self.cleaned_data[name] for name in self._names(number))) for number in self.numbers]
        own = ("blind", "reviewers_each", "moderates", "offers_reserves", "strategic_plan")
        return Plan(**{name: self.cleaned_data[name] for name in own}, needs=[need for need in needs if need.title])

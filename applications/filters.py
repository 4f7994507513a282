from itertools import chain
from typing import Any

import django_filters
from django import forms
from django.db.models import Case, Count, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Concat

from applications.enums import (
    NEVER_SUBMITTED,
    AssessmentKind,
    AssessmentState,
    DeferralState,
    Eligibility,
    ExceptionState,
    NominationState,
    PhaseTaught,
    State,
)
from applications.models import Application, Assessment, Deferral, EligibilityException, Nomination, Round
from applications.models.applications import SCHOOL_UNLISTED
from applications.needs import Applications, Desk, Need
from applications.work import UNNAMED, holder_is
from mastery_hub.common.filters import ChoicesFilter, FilterSet
from mastery_hub.common.forms.look import Look
from mastery_hub.directory.models import MathsHub

LISTED = [(state.value, state.label) for state in State if state not in NEVER_SUBMITTED]


SEARCHED = Concat(  # looked through once a row, in half the time that each part by itself takes
    *("applicant__first_name", Value(" "), "applicant__last_name", Value(" "), "school__name", Value(" "), "reference"),
    output_field=TextField(),
)
HOLDERS = [("mine", "Me"), ("nobody", "Nobody yet")]


class CaseFilter(FilterSet):
    """Applications of one hub, by what both of its lists ask."""

    q = django_filters.CharFilter(label="Name, school or reference", method="search")

    def search(self, rows: Applications, name: str, text: str) -> Applications:
        """Every word must be somewhere in the names, the school or the reference."""
        rows = rows.alias(searched=SEARCHED)
        for word in text.split():
            rows = rows.filter(searched__icontains=word)
        return rows

    def filter_holder(self, rows: Applications, name: str, wanted: str) -> Applications:
        return holder_is(rows, None if wanted == "nobody" else Q(person=self.request.user))


class HubApplicationFilter(CaseFilter):
    """Its rows carry `seen_state`: what the person who looks may see."""

    round = django_filters.ModelChoiceFilter(
        label="Round",
        queryset=lambda request: Round.objects.published().with_programme(),
        to_field_name="code",
        empty_label="All rounds",
    )
    state = ChoicesFilter(label="State", field_name="seen_state", choices=LISTED, widget=forms.CheckboxSelectMultiple)
    phase = ChoicesFilter(
        label="Phase", choices=PhaseTaught.choices, widget=forms.CheckboxSelectMultiple, method="filter_phase"
    )
    school = django_filters.ChoiceFilter(
        label="School",
        choices=[("unlisted", "Still to be found in the register")],
        empty_label="All",
        method="filter_school",
    )
    eligibility = django_filters.ChoiceFilter(
        label="Exception",
        choices=[(each.value, each.label) for each in (Eligibility.ASKED, Eligibility.GRANTED, Eligibility.REFUSED)],
        empty_label="All",
    )
    holder = django_filters.ChoiceFilter(
        label="Case with", choices=HOLDERS, empty_label="Anybody", method="filter_holder"
    )
    looks = {"state": Look(small=True), "phase": Look(small=True)}

    class Meta:
        model = Application
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offers only what occurs, or was chosen: a list of every state would bury the page on a telephone."""
        super().__init__(*args, **kwargs)
        rows = self.queryset.order_by()
        occurring = list(rows.values_list("seen_state", "phase").annotate(n=Count("pk")))
        self.total = sum(n for *_, n in occurring)
        taught = {phase for _, phase, _ in occurring}
        if PhaseTaught.MIXED in taught:
            several = rows.filter(phase=PhaseTaught.MIXED).values_list("phases", flat=True).distinct()
            taught.update(chain.from_iterable(several))
        for name, there in (("state", {state for state, *_ in occurring}), ("phase", taught)):
            there |= set(self.data.getlist(name)) if self.is_bound else set()
            extra = self.filters[name].extra
            extra["choices"] = [pair for pair in extra["choices"] if pair[0] in there]

    def filter_phase(self, rows: QuerySet[Application], name: str, wanted: list[str]) -> QuerySet[Application]:
        """Whoever teaches one of them, be it among others."""
        return rows.filter(Q(phase__in=wanted) | Q(phases__overlap=wanted)) if wanted else rows

    def filter_school(self, rows: QuerySet[Application], name: str, wanted: str) -> QuerySet[Application]:
        """Nobody looks for the school of an application that is over."""
        return rows.live().filter(SCHOOL_UNLISTED)


class WorkFilter(CaseFilter):
    """Narrows the rows of each need; which needs there are is said by `wanted`. Offers those that wait for somebody,
    and those that were chosen."""

    need = ChoicesFilter(label="What", choices=[], widget=forms.CheckboxSelectMultiple, method="leave")
    round = django_filters.ModelChoiceFilter(
        label="Round",
        queryset=lambda request: Round.objects.published().with_programme(),
        to_field_name="code",
        empty_label="All rounds",
    )
    holder = django_filters.ChoiceFilter(
        label="Case with", choices=HOLDERS, empty_label="Anybody", method="filter_holder"
    )
    looks = {"need": Look(small=True)}

    class Meta:
        model = Application
        fields = ()

    def __init__(self, *args: Any, desk: Desk, counted: dict[Need, int], **kwargs: Any) -> None:
        super().__init__(*args, queryset=desk.applications, **kwargs)
        self.desk = desk
        chosen = self.data.getlist("need") if self.is_bound else []
        offered = [need for need in desk.needs if need in counted or need.key in chosen]
        self.filters["need"].extra["choices"] = [(need.key, need.words) for need in offered]

    def search(self, rows: Applications, name: str, text: str) -> Applications:
        """In the reference alone for whoever reads blind."""
        found: Any = rows.alias(
            searched=Case(When(then=F("reference"), **UNNAMED), default=SEARCHED, output_field=TextField())
        )
        for word in text.split():
            found = found.filter(searched__icontains=word)
        return found

    def leave(self, rows: Applications, name: str, wanted: list[str]) -> Applications:
        return rows

    @property
    def wanted(self) -> list[Need]:
        chosen = self._chosen.get("need")
        return [need for need in self.desk.needs if not chosen or need.key in chosen]

    @property
    def _chosen(self) -> dict[str, Any]:
        if not self.is_bound:
            return {}
        self.errors  # noqa: B018  cleans the form
        return self.form.cleaned_data

    def narrowed(self, rows: Applications) -> Applications:
        return self.filter_queryset(rows) if self._chosen else rows


class ExceptionFilter(FilterSet):
    state = django_filters.ChoiceFilter(
        label="Decision",
        choices=[(state.value, state.label) for state in ExceptionState if state != ExceptionState.CANCELLED],
        empty_label="All",
        method="filter_state",
    )

    class Meta:
        model = EligibilityException
        fields = ()

    def filter_state(
        self, rows: QuerySet[EligibilityException], name: str, wanted: str
    ) -> QuerySet[EligibilityException]:
        """Nobody decides on an application that is over."""
        return rows.to_decide() if wanted == ExceptionState.ASKED else rows.filter(state=wanted)


class DeferralFilter(FilterSet):
    state = django_filters.ChoiceFilter(label="Standing", choices=DeferralState.choices, empty_label="All")

    class Meta:
        model = Deferral
        fields = ()


class AssessmentFilter(FilterSet):
    kind = django_filters.ChoiceFilter(label="What", choices=AssessmentKind.choices, empty_label="Both")
    state = django_filters.ChoiceFilter(label="Standing", choices=AssessmentState.choices, empty_label="All")

    class Meta:
        model = Assessment
        fields = ()


class NominationFilter(FilterSet):
    q = django_filters.CharFilter(label="Teacher or school", method="search")
    round = django_filters.ModelChoiceFilter(
        label="Round",
        queryset=lambda request: Round.objects.published().with_programme().filter(by_nomination=True),
        to_field_name="code",
        empty_label="All rounds",
    )
    state = ChoicesFilter(label="State", choices=NominationState.choices, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = Nomination
        fields = ()

    def search(self, rows: QuerySet[Nomination], name: str, words: str) -> QuerySet[Nomination]:
        for word in words.split():
            named = Q(first_name__icontains=word) | Q(last_name__icontains=word)
            rows = rows.filter(named | Q(school__name__icontains=word))
        return rows


class TypedSchoolFilter(FilterSet):
    q = django_filters.CharFilter(label="School", field_name="typed_school__school__name", lookup_expr="icontains")
    hub = django_filters.ModelChoiceFilter(
        label="Maths Hub", queryset=MathsHub.objects.all(), to_field_name="slug", empty_label="All hubs"
    )
    found = django_filters.ChoiceFilter(
        label="Found",
        choices=[("no", "Waits for the hub"), ("yes", "Found in the register")],
        empty_label="All",
        method="filter_found",
    )

    class Meta:
        model = Application
        fields = ()

    def filter_found(self, rows: QuerySet[Application], name: str, wanted: str) -> QuerySet[Application]:
        if wanted == "yes":
            return rows.filter(typed_school__match__isnull=False)
        return rows.live().filter(SCHOOL_UNLISTED)

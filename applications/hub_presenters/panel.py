"""A hub's candidates of a round side by side, criterion by criterion, as its panel compares them."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Avg, CharField, Count, Exists, Max, Min, OuterRef, Subquery, Value
from django.db.models.functions import Concat
from django.urls import reverse

from applications.enums import AssessmentKind, AssessmentState, Shown, State
from applications.hub_presenters.places import places_left
from applications.hub_presenters.reach import Reach
from applications.models import (
    Application,
    AssessmentScore,
    Criterion,
    HeadteacherSupport,
    PanelOrder,
    Round,
    Score,
    SelectionPlan,
    Shortlisting,
    StrategicNeed,
)
from applications.presenters import state_tag
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User
from mastery_hub.directory.models import MathsHub

THRESHOLD = 2  # “Some evidence, with gaps”: an essential criterion below it is pointed out
SEEN_AS = {AssessmentKind.OBSERVATION: "Obs.", AssessmentKind.INTERVIEW: "Int."}
PROPOSALS = (
    (State.OFFER_PROPOSED, "Offers proposed"),
    (State.RESERVE_PROPOSED, "Reserve list proposed"),
    (State.UNSUCCESSFUL_PROPOSED, "Unsuccessful proposed"),
    (State.OFFERED, "Offered"),
    (State.ACCEPTED, "Accepted"),
)


@dataclass
class Cell:
    """One candidate by one criterion."""

    criterion: Criterion
    value: float | None = None
    lowest: int = 0
    highest: int = 0
    moderated: bool = False
    seen: dict[str, int] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return "–" if self.value is None else f"{self.value:.1f}".removesuffix(".0")

    @property
    def spread(self) -> str:
        """Where the reviewers differ: “2 to 4”."""
        return f"{self.lowest} to {self.highest}" if self.lowest != self.highest else ""

    @property
    def is_below(self) -> bool:
        written = self.value is not None and self.value < THRESHOLD
        return self.criterion.is_essential and (written or any(value < THRESHOLD for value in self.seen.values()))

    @property
    def seen_words(self) -> list[str]:
        return [f"{SEEN_AS[AssessmentKind(kind)]} {value}" for kind, value in self.seen.items()]

    @property
    def observation(self) -> int | str:
        return self.seen.get(AssessmentKind.OBSERVATION, "–")

    @property
    def interview(self) -> int | str:
        return self.seen.get(AssessmentKind.INTERVIEW, "–")


@dataclass
class Candidate:
    place: int
    application: Application
    cells: list[Cell]
    serves: list[StrategicNeed]

    @property
    def reference(self) -> str:
        return self.application.reference

    @property
    def name(self) -> str:
        return str(self.application.applicant)

    @property
    def tag(self) -> dict[str, str]:
        return state_tag(State(self.application.state))

    @property
    def rank(self) -> str:
        """The headteacher's, among several of one school."""
        row: Any = self.application
        return row.head_rank or ""

    @property
    def is_listed(self) -> bool:
        row: Any = self.application
        return bool(row.is_listed)

    @property
    def average(self) -> str:
        return _mean([(cell.value, cell.criterion.weight) for cell in self.cells])

    def seen_average(self, kind: AssessmentKind) -> str:
        return _mean([(cell.seen.get(kind), cell.criterion.weight) for cell in self.cells])

    @property
    def observation(self) -> str:
        return self.seen_average(AssessmentKind.OBSERVATION)

    @property
    def interview(self) -> str:
        return self.seen_average(AssessmentKind.INTERVIEW)

    @property
    def below(self) -> int:
        return sum(cell.is_below for cell in self.cells)

    @property
    def href(self) -> str:
        hub: Any = self.application.hub
        return reverse("hub_application", args=[hub.slug, self.reference])


class Panel:
    """The same number of queries for one candidate and for thirty. One's own application is left out."""

    def __init__(self, hub: MathsHub, round: Round, plan: SelectionPlan, user: User) -> None:
        self.hub, self.round, self.plan, self.user = hub, round, plan, user

    @cached_property
    def applications(self) -> list[Application]:
        listed = Shortlisting.objects.open().filter(hub=self.hub, application=OuterRef("pk"))
        rank = Concat("rank__place", Value(" of "), "rank__of", output_field=CharField())
        ranked = HeadteacherSupport.objects.current().filter(application=OuterRef("pk"), rank__isnull=False)
        found = PanelOrder.objects.candidates(self.hub, self.round).exclude(applicant=self.user)
        found = found.annotate(is_listed=Exists(listed), head_rank=Subquery(ranked.annotate(w=rank).values("w")[:1]))
        return list(found.select_related("applicant", "school__authority", "hub"))

    @cached_property
    def criteria(self) -> list[Criterion]:
        """Of the newest terms that a candidate applied under; one is the same in another version by its key."""
        terms = max((each.terms_id for each in self.applications), default=None)
        return list(Criterion.objects.filter(terms=terms, shown=Shown.EVIDENCED))

    @cached_property
    def needs(self) -> list[StrategicNeed]:
        return list(self.plan.needs.select_related("authority")) if self.plan.pk else []

    @cached_property
    def written(self) -> dict[tuple[int, str], dict[str, Any]]:
        """By application and key of the criterion, of all reviews that are submitted."""
        found = Score.objects.submitted().filter(review__application__in=self.applications).order_by()
        grouped = found.values("review__application", "criterion__key")
        told = grouped.annotate(mean=Avg("value"), low=Min("value"), high=Max("value"), number=Count("pk"))
        return {(row["review__application"], row["criterion__key"]): dict(row) for row in told}

    @cached_property
    def seen(self) -> dict[tuple[int, str], dict[str, int]]:
        """By observation and interview, as far as they were held at this hub."""
        held = AssessmentScore.objects.filter(
            assessment__application__in=self.applications,
            assessment__hub=self.hub,
            assessment__state=AssessmentState.HELD,
        )
        found: dict[tuple[int, str], dict[str, int]] = defaultdict(dict)
        rows = held.order_by("assessment__starts_at", "pk").values_list(
            "assessment__application", "criterion__key", "assessment__kind", "value"
        )
        for application, key, kind, value in rows:
            found[application, key][kind] = value
        return found

    @cached_property
    def candidates(self) -> list[Candidate]:
        return [
            Candidate(
                place, application, [self._cell(application, c) for c in self.criteria], self._served_by(application)
            )
            for place, application in enumerate(self.applications, 1)
        ]

    def _cell(self, application: Application, criterion: Criterion) -> Cell:
        where = (application.pk, criterion.key)
        row, seen = self.written.get(where), self.seen.get(where, {})
        if row is None:
            return Cell(criterion, seen=seen)
        return Cell(criterion, value=row["mean"], lowest=row["low"], highest=row["high"], seen=seen)

    def _served_by(self, application: Application) -> list[StrategicNeed]:
        return [need for need in self.needs if serves(application, need)]

    @property
    def needs_served(self) -> list[dict[str, Any]]:
        """Each need with the candidates who would meet it; of one that is only words nobody can tell."""
        return [
            {
                "need": need,
                "tells": bool(need.phase or need.authority_id),
                "candidates": [each for each in self.candidates if need in each.serves],
            }
            for need in self.needs
        ]

    @property
    def stats(self) -> list[dict[str, Any]]:
        counted = Counter(each.state for each in self.applications)
        return [{"value": counted[state], "label": label} for state, label in PROPOSALS]

    @property
    def places(self) -> str:
        return places_left(Application(hub=self.hub, round=self.round), self.user)

    @cached_property
    def reach(self) -> Reach:
        return Reach(self.hub, self.applications)

    @property
    def may_order(self) -> bool:
        return self.hub.pk in self.user.hub_ids(Role.HUB_LEAD)

    def one(self, reference: str) -> Candidate | None:
        return next((each for each in self.candidates if each.reference == reference), None)

    def beside(self, candidate: Candidate) -> dict[str, Candidate | None]:
        """The one before and the one after, for whoever looks at one at a time."""
        others = {each.place: each for each in self.candidates}
        return {"previous": others.get(candidate.place - 1), "following": others.get(candidate.place + 1)}


def serves(application: Application, need: StrategicNeed) -> bool:
    """In its phase and its area, as far as the need names them."""
    if not (need.phase or need.authority_id):
        return False
    phase = not need.phase or need.phase == application.phase or need.phase in application.phases
    school = application.school
    return phase and (not need.authority_id or (school is not None and school.authority_id == need.authority_id))


def _mean(values: list[tuple[float | None, int]]) -> str:
    """A criterion of weight 2 counts twice."""
    given = [(value, weight) for value, weight in values if value is not None]
    total = sum(weight for _, weight in given)
    return f"{sum(value * weight for value, weight in given) / total:.1f}" if given else ""

"""How far each group of applicants comes in a round: counts and shares, never of so few that one could be recognised.

What NCETM learns here is what applicants know already: an offer counts once it is released.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from applications.enums import Action, PhaseTaught
from applications.models import Application, ApplicationEvent, EqualityAnswers, Offer, Round
from mastery_hub.directory.models import Region

FEWEST = 5  # a smaller number than this is not shown, as is usual in the statistics of schools
STAGES = {
    "submitted": "Submitted",
    "supported": "Supported by the headteacher",
    "offered": "Offered a place",
    "accepted": "Accepted a place",
}
SCHOOL_KINDS = {
    4: "Maintained by the local authority",
    5: "Special school",
    10: "Academy",
    11: "Free school",
}
NOT_ANSWERED = "Not answered"
Counts = dict[str, int]


@dataclass(frozen=True)
class Group:
    """Of one row: `counts` by stage, None where hidden."""

    name: str
    counts: Mapping[str, int | None]

    def share(self, stage: str) -> float | None:
        """Of those who submitted; None where hidden, or where nobody did."""
        of, part = self.counts["submitted"], self.counts[stage]
        return None if not of or part is None else part / of


@dataclass(frozen=True)
class Breakdown:
    title: str
    groups: list[Group]

    @property
    def hides(self) -> bool:
        return any(None in group.counts.values() for group in self.groups)


def hidden(numbers: Sequence[int], also: Collection[int] = ()) -> list[int | None]:
    """Those below FEWEST go, and those at the places `also`; zeros stay. Then the next smallest goes, until what is
    hidden cannot be worked out from a total: two numbers at least, together twice FEWEST."""
    gone = {place for place, number in enumerate(numbers) if 0 < number < FEWEST or place in also}
    for place in sorted(range(len(numbers)), key=lambda place: numbers[place]):
        if not gone or (len(gone) > 1 and sum(numbers[each] for each in gone) >= 2 * FEWEST):
            break
        if numbers[place]:
            gone.add(place)
    return [None if place in gone else number for place, number in enumerate(numbers)]


def groups_shown(counted: Mapping[str, Counts]) -> list[Group]:
    """What is hidden of a group at one stage stays hidden at those after it. How many fell away between two stages is
    a number like the others: where it is small, the later stage is hidden."""
    columns = {stage: [counts[stage] for counts in counted.values()] for stage in STAGES}
    gone, shown = frozenset[int](), dict[str, list[int | None]]()
    for stage, numbers in columns.items():
        fell_away = [[abs(a - b) for a, b in zip(columns[earlier], numbers, strict=True)] for earlier in shown]
        gone = _hidden_in_all([numbers, *fell_away], gone)
        shown[stage] = [None if place in gone else number for place, number in enumerate(numbers)]
    return [
        Group(name, {stage: shown[stage][place] for stage in STAGES})
        for place, name in enumerate(counted)
        if counted[name]["submitted"]
    ]


def _hidden_in_all(rows: Sequence[Sequence[int]], gone: frozenset[int]) -> frozenset[int]:
    """The places that go, so that each of the rows hides what `hidden` has it hide."""
    found = gone
    for numbers in rows:
        found |= {place for place, number in enumerate(hidden(numbers, found)) if number is None}
    return found if found == gone else _hidden_in_all(rows, found)


def fairness(round: Round) -> list[Breakdown]:
    """One query for all and one for each breakdown, however many applied."""
    everybody = Application.objects.filter(round=round, submitted_at__isnull=False)
    answered = EqualityAnswers.objects.filter(application__in=everybody.values("pk"))
    total = everybody.aggregate(**_reached("pk"))
    kinds = _counted(everybody, "school__type_group", "pk")
    phases, regions = dict(PhaseTaught.choices), Region.objects.values_list("name", "name")
    return [
        Breakdown("Region", groups_shown(_named(_counted(everybody, "hub__region__name", "pk"), regions))),
        Breakdown("Kind of school", groups_shown(_named(kinds, SCHOOL_KINDS.items(), "Another kind of school"))),
        Breakdown("Phase taught", groups_shown(_named(_counted(everybody, "phase", "pk"), phases.items()))),
        *(_of_answers(answered, name, total) for name in ("age_group", "sex", "ethnicity", "disability")),
    ]


def _of_answers(answered: QuerySet[EqualityAnswers], name: str, total: Counts) -> Breakdown:
    field: Any = EqualityAnswers._meta.get_field(name)
    counted = _named(_counted(answered.exclude(**{name: ""}), name, "application"), field.choices)
    said = {stage: sum(counts[stage] for counts in counted.values()) for stage in STAGES}
    counted[NOT_ANSWERED] = {stage: total[stage] - said[stage] for stage in STAGES}
    return Breakdown(f"{field.verbose_name[0].upper()}{field.verbose_name[1:]}", groups_shown(counted))


def _counted(rows: QuerySet[Any], by: str, application: str) -> dict[Any, Counts]:
    """By value; `application` is the column of the rows that holds the application's key."""
    return {value.pop(by): value for value in rows.order_by().values(by).annotate(**_reached(application))}


def _named(
    counted: Mapping[Any, Counts], names: Iterable[tuple[Any, Any]], other: str = NOT_ANSWERED
) -> dict[str, Counts]:
    """In the order of the names; what has none comes under `other`, last."""
    known = dict(names)
    found = {str(name): counted.get(value, dict.fromkeys(STAGES, 0)) for value, name in known.items()}
    rest = [counts for value, counts in counted.items() if value not in known]
    if rest:
        found[other] = {stage: sum(counts[stage] for counts in rest) for stage in STAGES}
    return found


def _reached(application: str) -> dict[str, Count]:
    moved = ApplicationEvent.objects.filter(application=OuterRef(application))
    offers = Offer.objects.filter(application=OuterRef(application))
    reached = {
        "supported": moved.filter(action=Action.COMPLETE),
        "offered": offers,
        "accepted": moved.filter(action=Action.ACCEPT),
    }
    return {"submitted": Count("pk"), **{stage: Count("pk", filter=Q(Exists(rows))) for stage, rows in reached.items()}}

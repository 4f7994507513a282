"""Every figure of recruitment, defined once: its name, what it counts, and how it is counted.

Hub and national pages read the same figures, so they cannot disagree. They cost two queries, however many
rounds, hubs and applications there are: one over applications, one over places.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, Expression, OuterRef, Q, QuerySet, Sum

from applications.enums import ENDED, PROPOSED, Eligibility, State
from applications.hub_presenters.places import places_seen_by
from applications.models import Application, Review, Round
from applications.models.applications import SCHOOL_UNLISTED


@dataclass(frozen=True)
class Measure:
    """`counts` says in words what the figure is; `short` heads a narrow column; `total` counts it within a group."""

    key: str
    name: str
    counts: str
    total: Expression = field(compare=False, repr=False)
    short: str = ""

    @property
    def heading(self) -> str:
        return self.short or self.name


def _applications(wanted: Q) -> Count:
    return Count("pk", filter=wanted)


def _scored(**by: Any) -> Q:
    return Q(Exists(Review.objects.filter(application=OuterRef("pk"), submitted_at__isnull=False, **by)))


def to_score(person: Any) -> Measure:
    """The one measure that is personal: what a reviewer has still to do, whatever colleagues have done."""
    return Measure(
        "to_score",
        "Waiting for your scores",
        "With the hub, and you have not submitted your scores yet",
        _applications(Q(state=State.COMPLETE) & ~_scored(reviewer=person)),
    )


DRAFTS = Measure(
    "drafts",
    "Drafts",
    "Started and not yet submitted, by teachers who would submit to the hub",
    _applications(Q(state=State.DRAFT)),
)
SUBMITTED = Measure(
    "submitted",
    "Submitted",
    "Every application ever submitted, whatever became of it",
    _applications(Q(submitted_at__isnull=False)),
)
WAITING = Measure(
    "waiting",
    "Waiting for support",
    "Submitted, and somebody who has to support it has not signed yet",
    _applications(Q(state=State.SUBMITTED)),
    "Waiting for head",
)
COMPLETE = Measure(
    "complete",
    "With the hub",
    "Submitted and supported, and no decision proposed yet",
    _applications(Q(state=State.COMPLETE)),
)
UNSCORED = Measure(
    "unscored",
    "Not yet scored",
    "With the hub, and nobody has submitted scores yet",
    _applications(Q(state=State.COMPLETE) & ~_scored()),
    "Unscored",
)
PROPOSAL = Measure(
    "proposed",
    "Proposed, not released",
    "A decision is proposed, and the applicant does not know of it yet",
    _applications(Q(state__in=sorted(PROPOSED))),
    "Proposed",
)
UNLISTED = Measure(
    "unlisted",
    "School not in the register",
    "Submitted and not over, from a school that was typed in and not found in the register yet",
    _applications(SCHOOL_UNLISTED & Q(submitted_at__isnull=False) & ~Q(state__in=sorted(ENDED))),
)
EXCEPTIONS = Measure(
    "exceptions",
    "Exceptions to decide",
    "Does not meet an essential rule and has asked for an exception, drafts among them",
    _applications(Q(eligibility=Eligibility.ASKED) & ~Q(state__in=sorted(ENDED))),
)
OFFERED = Measure(
    "offered",
    "Offers waiting for an answer",
    "A place is offered, and the applicant has not answered yet",
    _applications(Q(state=State.OFFERED)),
    "Offered",
)
ACCEPTED = Measure(
    "accepted", "Places accepted", "The applicant accepted", _applications(Q(state=State.ACCEPTED)), "Accepted"
)
RESERVED = Measure(
    "reserved",
    "On the reserve list",
    "The applicant was told of the reserve list and is still on it",
    _applications(Q(state=State.RESERVED)),
    "Reserve",
)
SHOWN_COMPLETE = Measure(
    "shown_complete",
    "With the hub",
    "Submitted and supported, and no decision released yet",
    _applications(Q(shown_state=State.COMPLETE)),
)
SHOWN_RESERVED = Measure(
    "shown_reserved",
    "On the reserve list",
    "The applicant was told of the reserve list and of nothing since",
    _applications(Q(shown_state=State.RESERVED)),
)
PLACES = Measure("places", "Places", "Places that the hub has for this cohort", Sum("places"))
TAKEN = Measure(
    "taken",
    "Places taken",
    "Offers that are proposed, waiting for an answer or accepted, and deferred places that were taken up",
    Sum("places") - Sum("left_as_seen"),
    "Taken",
)
LEFT = Measure("left", "Places left", "Places less places taken", Sum("left_as_seen"), "Left")

OF_APPLICATIONS = (
    *(DRAFTS, SUBMITTED, WAITING, COMPLETE, UNSCORED, UNLISTED, EXCEPTIONS, PROPOSAL, OFFERED, ACCEPTED, RESERVED),
    *(SHOWN_COMPLETE, SHOWN_RESERVED),  # for those who may not see proposals
)
OF_PLACES = (PLACES, TAKEN, LEFT)
NATIONAL = (PLACES, DRAFTS, SUBMITTED, WAITING, COMPLETE, PROPOSAL, OFFERED, ACCEPTED, RESERVED, LEFT)


Counted = tuple[int | None, dict[str, int]]  # a hub, and its figures by key of measure


@dataclass(frozen=True)
class Figures:
    """Of one round. Drafts whose teacher has not chosen a school yet belong to no hub: they stand under None. What was
    not counted is not nought: to ask for it is a mistake."""

    by_hub: dict[int | None, Counter[str]]
    counts: frozenset[str]

    def of(self, hub: int | None, measure: Measure) -> int:
        if measure.key not in self.counts:
            raise KeyError(measure.key)
        return self.by_hub.get(hub, Counter())[measure.key]

    def total(self, measure: Measure) -> int:
        return sum(self.of(hub, measure) for hub in self.by_hub)


def figures(
    rounds: Iterable[Round],
    *,
    seen_by: Any,
    hubs: Collection[int] | None = None,
    wanted: Collection[Measure] | None = None,
) -> dict[Round, Figures]:
    """Counted now, for each round; of these hubs where any are named, else of all. A page of the nation names the
    measures that it shows: some go through all reviews of all applications.

    The person's own application is left out, as it is from every list of theirs: a number must not tell its decision.
    """
    rounds = list(rounds)
    only = {} if hubs is None else {"hub__in": hubs}
    applications = Application.objects.filter(round__in=rounds, **only).exclude(applicant=seen_by)
    places = places_seen_by(seen_by).filter(cohort__in=[round.cohort_id for round in rounds], **only)
    known = (*OF_APPLICATIONS, to_score(seen_by))
    asked = [each for each in known if wanted is None or each in wanted]
    counts = frozenset(each.key for each in (*asked, *OF_PLACES))
    submitted = _count(applications, "round", asked)
    given = _count(places, "cohort", OF_PLACES)
    found = {}
    for round in rounds:
        by_hub: dict[int | None, Counter[str]] = defaultdict(Counter)
        for hub, counted in (*submitted[round.pk], *given[round.cohort_id]):
            by_hub[hub].update(counted)
        found[round] = Figures(dict(by_hub), counts)
    return found


def _count(
    rows: QuerySet, whole: str, measures: Iterable[Measure]
) -> dict[int, list[tuple[int | None, dict[str, int]]]]:
    """By round or cohort: each hub with its figures, in one query."""
    totals: dict[str, Any] = {f"total_{measure.key}": measure.total for measure in measures}
    found = defaultdict(list)
    for counted in rows.order_by().values(whole, "hub").annotate(**totals):
        figures = {name.removeprefix("total_"): counted[name] for name in totals}
        found[counted[whole]].append((counted["hub"], figures))
    return found

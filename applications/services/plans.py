"""How a hub selects, written by its leads. What is turned on or off stands in the round's log, because reviewers and
applicants were told of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from django.db import transaction

from applications import permissions
from applications.enums import RoundAction
from applications.models import Round, SelectionPlan, StrategicNeed
from applications.services.round_log import round_note
from cohorts.models import HubPlaces
from cohorts.versions import digest
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import LocalAuthority, MathsHub

MOST_NEEDS = 12
SWITCHES = ("blind", "moderates", "offers_reserves")


@dataclass(frozen=True)
class Need:
    title: str
    phase: str = ""
    authority: LocalAuthority | None = None


@dataclass(frozen=True)
class Plan:
    """All that a lead says of it."""

    blind: bool = False
    reviewers_each: int = 1
    moderates: bool = False
    offers_reserves: bool = False
    strategic_plan: str = ""
    needs: Sequence[Need] = ()

    @classmethod
    def of(cls, row: SelectionPlan) -> Self:
        rows = row.needs.select_related("authority") if row.pk else []
        needs = [Need(each.title, each.phase, each.authority) for each in rows]
        return cls(**{name: getattr(row, name) for name in OWN}, needs=needs)


OWN = (*SWITCHES, "reviewers_each", "strategic_plan")


def plan_seen(row: SelectionPlan) -> str:
    """What a page sends back, so that what a colleague saved meanwhile is told of and not undone."""
    return digest(asdict(Plan.of(row)))


@transaction.atomic
def selection_plan_save(*, round: Round, hub: MathsHub, by: User, seen: str, wanted: Plan) -> SelectionPlan:
    """The same twice is a second click. The hub's row of places is locked: two leads write one after the other.

    Raises DomainError `not-allowed`, `not-taking-part`, `too-many` and `changed`.
    """
    if not permissions.can_write_plan(by, hub):
        raise DomainError("Only leads of the hub write how it selects.", code="not-allowed")
    if not HubPlaces.objects.select_for_update(of=("self",)).filter(cohort=round.cohort_id, hub=hub).first():
        raise DomainError(f"{hub} does not take part in this round.", code="not-taking-part")
    if len(wanted.needs) > MOST_NEEDS:
        raise DomainError(f"A hub may name {MOST_NEEDS} needs. Put some of them together.", code="too-many")
    row = SelectionPlan.objects.of(round, hub)
    before = Plan.of(row)
    if row.pk and asdict(before) == asdict(wanted):
        return row
    if plan_seen(row) != seen:
        raise DomainError(
            "A colleague has changed this in the meantime, so nothing was saved. Compare in another window: save again "
            "to replace what they did with what you typed.",
            code="changed",
        )
    for name in OWN:
        setattr(row, name, getattr(wanted, name))
    row.save()
    _needs_save(row, wanted.needs)
    changes = [f"{hub}: {line}" for line in _changes(before, wanted)]
    round_note(round=round, action=RoundAction.CHANGE_PLAN, by=by, changes=changes)
    return row


def _needs_save(row: SelectionPlan, needs: Sequence[Need]) -> None:
    """In their order; what is no longer wanted goes."""
    row.needs.filter(order__gt=len(needs)).delete()
    StrategicNeed.objects.bulk_create(
        [StrategicNeed(plan=row, order=order, **vars(need)) for order, need in enumerate(needs, 1)],
        update_conflicts=True,
        unique_fields=["plan", "order"],
        update_fields=["title", "phase", "authority"],
    )


def _changes(before: Plan, wanted: Plan) -> list[str]:
    """For the log: what was turned on or off in full, of what is written that it has changed."""
    lines = []
    for name in SWITCHES:
        if getattr(before, name) != getattr(wanted, name):
            lines.append(f"{_name(name)} turned {'on' if getattr(wanted, name) else 'off'}")
    if before.reviewers_each != wanted.reviewers_each:
        lines.append(f"{_name('reviewers_each')}: {wanted.reviewers_each} (was {before.reviewers_each})")
    if before.strategic_plan != wanted.strategic_plan:
        lines.append("strategic plan changed")
    if list(before.needs) != list(wanted.needs):
        lines.append(f"needs: {'; '.join(need.title for need in wanted.needs) or 'none'}")
    return lines


def _name(field: str) -> str:
    found: Any = SelectionPlan._meta.get_field(field)
    return str(found.verbose_name)

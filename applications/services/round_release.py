"""The release days of a cohort and what they are paid at, as its round tells of them.

Days are part of what a headteacher signs. They may change until the cohort begins; whoever has signed is then asked to
sign again by the job, as for the residentials, and NCETM has said that it knows for how many people.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import partial
from typing import Self

from django.db import transaction

from applications.enums import RoundAction
from applications.models import HeadteacherSupport, Round
from applications.services.round_log import checked, meanwhile_refuse, round_lock, round_note
from cohorts.enums import DayKind
from cohorts.models import Cohort, ReleaseTerms
from mastery_hub.accounts.models import User
from mastery_hub.celery import nudge
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.money import pounds

Slot = tuple[int, str]  # programme year and kind of day
YEARS = {1: "development year", 2: "later years"}
SLOTS: tuple[Slot, ...] = tuple((year, kind.value) for year in YEARS for kind in DayKind)
MOST_DAYS = 195  # a school year has no more


@dataclass(frozen=True)
class ReleaseDays:
    days_least: int
    days_most: int
    rate: Decimal | None

    @classmethod
    def of(cls, row: ReleaseTerms) -> Self:
        return cls(row.days_least, row.days_most, row.rate)

    @property
    def days(self) -> tuple[int, int]:
        return self.days_least, self.days_most

    def __str__(self) -> str:
        least, most = self.days
        days = f"{most} days" if least == most else f"{least} to {most} days"
        return f"{days}, {'rate not agreed' if self.rate is None else f'{pounds(self.rate)} a day'}"


def slot_words(slot: Slot) -> str:
    year, kind = slot
    return f"{DayKind(kind).label}, {YEARS.get(year, f'year {year}')}"


def signed_for(cohort: Cohort) -> int:
    """How many headteachers have signed and are asked again when days change; nobody once the cohort has begun."""
    if clock.today() >= cohort.academic_year.first_day:
        return 0
    return HeadteacherSupport.objects.signed_for(cohort).count()


def _words(slot: Slot, wanted: ReleaseDays | None, before: ReleaseDays | None) -> str:
    return f"{slot_words(slot)}: {wanted or 'none'} (was {before or 'none'})"


@transaction.atomic
def round_set_release(
    *, round: Round, by: User, wanted: Mapping[Slot, ReleaseDays], seen: int, sure: bool = False
) -> Round:
    """`wanted` is all of them. `sure` says that whoever changes days knows that headteachers are asked again.

    Raises DomainError `locked` once the cohort has begun, `sure`, or ChangedMeanwhileError.
    """
    round = round_lock(round=round, by=by)
    cohort = round.cohort
    rows = {
        (row.programme_year, row.kind): row
        for row in cohort.release_terms.select_for_update(of=("self",)).order_by("pk")
    }
    before = {slot: ReleaseDays.of(row) for slot, row in rows.items()}
    changed = [slot for slot in sorted({*before, *wanted}) if before.get(slot) != wanted.get(slot)]
    if changed:
        meanwhile_refuse(round=round, seen=seen, about=(RoundAction.CHANGE_RELEASE,))
        moved = {slot: each.days for slot, each in before.items()} != {slot: each.days for slot, each in wanted.items()}
        if moved:
            _days_may_move(cohort, sure)
        for slot in changed:
            _save(cohort, slot, rows.get(slot), wanted.get(slot))
        lines = [_words(slot, wanted.get(slot), before.get(slot)) for slot in changed]
        round_note(round=round, action=RoundAction.CHANGE_RELEASE, by=by, changes=lines)
        if moved:  # without a broker beat does so within ten minutes
            transaction.on_commit(partial(nudge, "applications.tasks.pledges_ask_again"), robust=True)
    checked(round, "release")
    return round


def _days_may_move(cohort: Cohort, sure: bool) -> None:
    if clock.today() >= cohort.academic_year.first_day:
        raise DomainError(
            f"{cohort.name} has begun, and schools have promised these days: they stay. You can still agree the rate.",
            code="locked",
        )
    if (number := signed_for(cohort)) and not sure:
        people = "1 headteacher has" if number == 1 else f"{number:,} headteachers have"
        raise DomainError(f"{people} signed for the days as they are: confirm that they are asked again.", code="sure")


def _save(cohort: Cohort, slot: Slot, row: ReleaseTerms | None, wanted: ReleaseDays | None) -> None:
    if wanted is None:
        assert row, "what changed and is not wanted was there"
        row.delete()
        return
    year, kind = slot
    row = row or ReleaseTerms(cohort=cohort, programme_year=year, kind=kind)
    for name, value in asdict(wanted).items():
        setattr(row, name, value)
    row.save()

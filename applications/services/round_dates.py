"""The dates of a round: what is wrong with them, all at once; what to think over; and how they are changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Self

from django.db import transaction

from applications.awkward_days import awkward
from applications.enums import RoundAction
from applications.models import Round
from applications.permissions import round_locks
from applications.services.round_log import checked, meanwhile_refuse, round_lock, round_note
from cohorts.models import Cohort
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.templatetags.moments import day, deadline
from mastery_hub.messaging.reminders import reminders_nudge

LONGEST_REPLY = 60  # days
LABELS = {
    "opens_at": "Applications open",
    "closes_at": "Applications close",
    "support_closes_at": "Headteachers’ support closes",
    "outcomes_month": "Outcomes month",
    "releases_at": "Decisions are released",
    "reply_days": "Days to answer an offer",
}
CLOSES = ("closes_at", "support_closes_at")


@dataclass(frozen=True)
class RoundDates:
    opens_at: datetime
    closes_at: datetime
    support_closes_at: datetime | None
    outcomes_month: date
    reply_days: int
    releases_at: datetime | None = None

    @classmethod
    def of(cls, round: Round) -> Self:
        return cls(**{each.name: getattr(round, each.name) for each in fields(cls)})

    @property
    def support_deadline(self) -> datetime:
        return self.support_closes_at or self.closes_at

    def words(self, name: str) -> str:
        value = getattr(self, name)
        if isinstance(value, datetime):
            return deadline(value)
        if isinstance(value, date):
            return f"{value:%B %Y}"
        if value is None:
            return "as each hub is ready" if name == "releases_at" else "with the round"
        return str(value)


class DatesError(DomainError):
    """`problems` is a sentence for each field that is wrong."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("The dates of the round are not right yet.", code="dates")
        self.problems = problems


def _in_order(dates: RoundDates, cohort: Cohort) -> Iterator[tuple[str, str]]:
    if dates.closes_at <= dates.opens_at:
        yield "closes_at", f"Applications must close after they open, {deadline(dates.opens_at)}"
    if dates.support_closes_at and dates.support_closes_at < dates.closes_at:
        yield "support_closes_at", f"Support must not close before applications do, {deadline(dates.closes_at)}"
    last = clock.london(max(dates.support_deadline, dates.closes_at)).date()
    begins = cohort.academic_year.first_day
    if dates.outcomes_month < last.replace(day=1):
        yield "outcomes_month", f"Outcomes must not come before the round has closed, {day(last)}"
    elif dates.outcomes_month >= begins:
        yield "outcomes_month", f"Outcomes must come before {cohort.name} begins, {day(begins)}"
    if dates.releases_at and dates.releases_at < max(dates.support_deadline, dates.closes_at):
        yield "releases_at", f"Decisions must not be released before the round has closed, {day(last)}"
    elif dates.releases_at and clock.london(dates.releases_at).date() >= begins:
        yield "releases_at", f"Decisions must be released before {cohort.name} begins, {day(begins)}"
    if not 1 <= dates.reply_days <= LONGEST_REPLY:
        yield "reply_days", f"Days to answer an offer must be between 1 and {LONGEST_REPLY}"


def _moved(dates: RoundDates, round: Round) -> Iterator[tuple[str, str]]:
    """What may no longer move at all, and what may only move on."""
    before, locks, now = RoundDates.of(round), round_locks(round), clock.now()
    for name in ("opens_at", *CLOSES):
        was, wanted = getattr(before, name), getattr(dates, name)
        if was != wanted and name in locks:
            yield name, locks[name]
    if dates.closes_at != before.closes_at and "closes_at" not in locks:
        if round.is_relied_upon and dates.closes_at < before.closes_at:
            yield "closes_at", f"Teachers rely on {deadline(before.closes_at)}: choose a later time, or close it early"
        elif dates.closes_at <= now:
            yield "closes_at", "Applications must close in the future"
    if dates.releases_at and dates.releases_at != before.releases_at and dates.releases_at <= now:
        yield "releases_at", "Decisions must be released in the future"
    support = dates.support_deadline
    if support < before.support_deadline and round.is_relied_upon and dates.closes_at >= before.closes_at:
        yield "support_closes_at", f"Headteachers rely on {deadline(before.support_deadline)}: choose a later time"


def dates_problems(dates: RoundDates, *, cohort: Cohort, round: Round | None = None) -> dict[str, str]:
    """Every problem at once, one for each field; `round` is the one they would change."""
    found: dict[str, str] = {}
    for name, sentence in (*_in_order(dates, cohort), *(_moved(dates, round) if round else ())):
        found.setdefault(name, sentence)
    if round is None and dates.closes_at <= clock.now():
        found.setdefault("closes_at", "Applications must close in the future")
    return found


def dates_awkward(dates: RoundDates, *, before: RoundDates | None = None) -> dict[str, str]:
    """For each date that falls when schools are closed, and is not as it was `before`, a sentence that says so."""
    found: dict[str, str] = {}
    for name in ("opens_at", *CLOSES, "releases_at"):
        at = getattr(dates, name)
        if at is None or (before and getattr(before, name) == at):
            continue
        found |= _awkward(name, at)
    return found


def _awkward(name: str, at: datetime) -> dict[str, str]:
    on = clock.london(at - timedelta(microseconds=1) if name in CLOSES else at).date()
    why = awkward(on)
    return {name: f"{LABELS[name]}: {on:%A} {day(on)} {why}"} if why else {}


def closings_awkward(closings: Mapping[str, datetime | None]) -> dict[str, str]:
    """The same of the closings that an extension gives."""
    found = [_awkward(name, at) for name, at in closings.items() if at]
    return {name: sentence for each in found for name, sentence in each.items()}


def _changes(before: RoundDates, after: RoundDates) -> list[str]:
    return [
        f"{label}: {after.words(name)} (was {before.words(name)})"
        for name, label in LABELS.items()
        if getattr(before, name) != getattr(after, name)
    ]


@transaction.atomic
def round_set_dates(*, round: Round, by: User, dates: RoundDates, seen: int) -> Round:
    """Raises DatesError with every problem, or ChangedMeanwhileError. The same dates twice are a second click."""
    round = round_lock(round=round, by=by)
    changes = _changes(RoundDates.of(round), dates)
    if changes:
        meanwhile_refuse(
            round=round,
            seen=seen,
            about=(RoundAction.CHANGE_DATES, RoundAction.PUBLISH, RoundAction.CLOSE_EARLY, RoundAction.REOPEN),
        )
        if problems := dates_problems(dates, cohort=round.cohort, round=round):
            raise DatesError(problems)
        stage = round.stage
        for each in fields(dates):
            setattr(round, each.name, getattr(dates, each.name))
        round.save(update_fields=[each.name for each in fields(dates)])
        round_note(round=round, action=RoundAction.CHANGE_DATES, by=by, before=stage, changes=changes)
        reminders_nudge()
    checked(round, "dates")
    return round

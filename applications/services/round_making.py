"""Setting up a round: from nothing, and its details afterwards."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import IntegrityError, transaction

from applications import permissions
from applications.enums import RoundAction
from applications.models import Round
from applications.services.round_dates import DatesError, RoundDates, dates_problems
from applications.services.round_log import checked, meanwhile_refuse, round_lock, round_note
from cohorts.models import Cohort
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError

DETAILS = {
    "number": "Cohort number",
    "starts": "Development year begins in",
    "project_code": "Project code",
    "later_years_note": "Note on later years",
    "code": "Code in the round’s address",
    "statement_words": "Words of the headteacher’s statement",
    "by_nomination": "Teachers are nominated",
    "asks_subject_leader": "Subject leaders support too",
    "confirms_decisions": "NCETM confirms decisions",
}
OF_ROUND = ("code", "statement_words", "by_nomination", "asks_subject_leader", "confirms_decisions")
OF_COHORT = ("number", "starts", "project_code", "later_years_note")


@transaction.atomic
def round_set_up(*, by: User, cohort: Cohort, code: str, dates: RoundDates) -> Round:
    """An empty round, which nobody but NCETM sees until it is published. Raises DatesError or `code-taken`."""
    if not permissions.can_set_up_round(by):
        raise DomainError("Only NCETM sets up rounds.", code="not-allowed")
    if problems := dates_problems(dates, cohort=cohort):
        raise DatesError(problems)
    try:
        with transaction.atomic():
            round = Round.objects.create(cohort=cohort, code=code, **asdict(dates))
    except IntegrityError:
        raise DomainError(f"There is a round with the code {code} already.", code="code-taken") from None
    round_note(round=round, action=RoundAction.SET_UP, by=by)
    return round


@dataclass(frozen=True)
class RoundDetails:
    """`statement_words` is None where no statement is asked for."""

    number: int
    starts: int
    project_code: str
    later_years_note: str
    code: str
    statement_words: int | None
    by_nomination: bool = False
    asks_subject_leader: bool = False
    confirms_decisions: bool = False

    @classmethod
    def of(cls, round: Round) -> "RoundDetails":
        return cls(
            **{name: getattr(round.cohort, name) for name in OF_COHORT},
            **{name: getattr(round, name) for name in OF_ROUND},
        )


def _statement_shorter(before: int | None, after: int | None) -> bool:
    """Also where none was asked for: what a headteacher has written must not become too long."""
    return (after or 0) < (before or 0)


@transaction.atomic
def round_set_details(*, round: Round, by: User, details: RoundDetails, seen: int) -> Round:
    """Raises DomainError `locked` for what may no longer change, `taken` for a number or code that another one has."""
    round = round_lock(round=round, by=by)
    cohort = Cohort.objects.select_for_update(of=("self",)).get(pk=round.cohort_id)
    round.cohort = cohort
    before, after = asdict(RoundDetails.of(round)), asdict(details)
    changed = [name for name in DETAILS if before[name] != after[name]]
    if changed:
        meanwhile_refuse(round=round, seen=seen, about=(RoundAction.CHANGE_DETAILS, RoundAction.PUBLISH))
        locks = permissions.round_locks(round)
        if locked := [f"{DETAILS[name]}: {locks[name]}." for name in changed if name in locks]:
            raise DomainError(" ".join(locked), code="locked")
        shorter = _statement_shorter(round.statement_words, details.statement_words)
        if shorter and round.is_relied_upon:
            message = "Headteachers may be writing already: allow at least as many words as before."
            raise DomainError(message, code="locked")
        _save(round, cohort, after)
        changes = [f"{DETAILS[name]}: {_shown(after[name])} (was {_shown(before[name])})" for name in changed]
        round_note(round=round, action=RoundAction.CHANGE_DETAILS, by=by, changes=changes)
    checked(round, "details")
    return round


def _save(round: Round, cohort: Cohort, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(cohort if name in OF_COHORT else round, name, value)
    try:
        with transaction.atomic():
            cohort.save(update_fields=list(OF_COHORT))
            round.save(update_fields=list(OF_ROUND))
    except IntegrityError:
        raise DomainError(
            "Another cohort of this programme has this number, or another cohort or round has this code: "
            "choose a different one.",
            code="taken",
        ) from None


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)

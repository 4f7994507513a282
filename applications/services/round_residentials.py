"""The residentials of a cohort's development year, as its round tells of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Self

from django.db import transaction

from applications.enums import RoundAction
from applications.models import Round
from applications.services.round_log import checked, meanwhile_refuse, round_lock, round_note
from cohorts.models import Residential
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError
from mastery_hub.common.templatetags.moments import until


@dataclass(frozen=True)
class ResidentialDays:
    starts_on: date
    ends_on: date
    venue: str
    confirmed: bool

    @classmethod
    def of(cls, row: Residential) -> Self:
        return cls(row.starts_on, row.ends_on, row.venue, row.confirmed)

    @property
    def days(self) -> tuple[date, date]:
        return self.starts_on, self.ends_on

    def __str__(self) -> str:
        where = f" in {self.venue}" if self.venue else ""
        return f"{until(*self.days)}{where}, {'confirmed' if self.confirmed else 'subject to confirmation'}"


@transaction.atomic
def round_set_residentials(*, round: Round, by: User, wanted: Mapping[int, ResidentialDays], seen: int) -> Round:
    """`wanted` is all of them by their number. Once an application relies on the round their days stay, because
    teachers and headteachers have signed for them; venues and confirmations may always change.

    Raises DomainError `locked`, or ChangedMeanwhileError.
    """
    round = round_lock(round=round, by=by)
    rows = {row.number: row for row in round.cohort.residentials.select_for_update(of=("self",)).order_by("pk")}
    before = {number: ResidentialDays.of(row) for number, row in rows.items()}
    changed = [number for number in sorted({*before, *wanted}) if before.get(number) != wanted.get(number)]
    if changed:
        meanwhile_refuse(round=round, seen=seen, about=(RoundAction.CHANGE_RESIDENTIALS,))
        moved = {number: each.days for number, each in before.items()} != {n: w.days for n, w in wanted.items()}
        if moved and round.is_relied_upon:
            raise DomainError(
                "Teachers have begun applications and rely on the days of the residentials, so these stay as they are. "
                "You can change venues and say that days are confirmed.",
                code="locked",
            )
        for number in changed:
            _save(round, number, rows.get(number), wanted.get(number))
        lines = [f"Residential {n}: {wanted.get(n, 'none')} (was {before.get(n, 'none')})" for n in changed]
        round_note(round=round, action=RoundAction.CHANGE_RESIDENTIALS, by=by, changes=lines)
    checked(round, "residentials")
    return round


def _save(round: Round, number: int, row: Residential | None, wanted: ResidentialDays | None) -> None:
    if wanted is None:
        assert row, "what changed and is not wanted was there"
        row.delete()
        return
    row = row or Residential(cohort=round.cohort, number=number)
    for name, value in asdict(wanted).items():
        setattr(row, name, value)
    row.save()

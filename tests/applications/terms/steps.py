"""Steps that the tests of a round's terms share."""

from typing import Any

from applications.enums import Shown
from applications.models import Criterion, Question, Round, RoundTerms
from applications.services.terms import terms_part_remove, terms_part_save, terms_put_in_force
from cohorts.versions import row_seen, version_seen
from mastery_hub.accounts.models import User


def change(round: Round, by: User, row: Any, **values: Any) -> Any:
    """What the page of one criterion or question does."""
    model, seen = type(row), row_seen(row)
    return terms_part_save(model=model, round=round, by=by, key=row.key, seen=seen, values=values)


def remove(round: Round, by: User, row: Any) -> None:
    terms_part_remove(model=type(row), round=round, by=by, key=row.key, seen=row_seen(row))


def put_in_force(round: Round, by: User) -> RoundTerms:
    return terms_put_in_force(round=round, by=by, seen=version_seen(round.working_terms))


def question(round: Round, order: int = 1) -> Question:
    return round.current_terms.questions.get(order=order)


def criterion(round: Round, shown: Shown = Shown.DECLARED) -> Criterion:
    return round.current_terms.criteria.filter(shown=shown).first()

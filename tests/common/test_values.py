"""Small values that everything stands on: references, tokens, academic years, money, the clock."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from mastery_hub.common import clock
from mastery_hub.common.academic_year import AcademicYear
from mastery_hub.common.money import pounds
from mastery_hub.common.references import reference, token_hash, token_new


def test_reference_can_be_read_out() -> None:
    made = {reference() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"MS-[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{2}", one) for one in made)


def test_tokens_differ_and_their_hash_is_stable() -> None:
    first, second = token_new(), token_new()
    assert first != second
    assert token_hash(first) == token_hash(first) != token_hash(second)
    assert first not in token_hash(first)


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2027, 8, 31), "2026/27"), (date(2027, 9, 1), "2027/28"), (date(2099, 12, 1), "2099/00")],
)
def test_academic_year_of_a_day(day, year) -> None:
    found = AcademicYear.of(day)
    assert str(found) == year
    assert found.first_day <= day <= found.last_day


@pytest.mark.parametrize(("amount", "words"), [(3000, "£3,000"), (Decimal("2500.5"), "£2,500.50"), (0, "£0")])
def test_pounds(amount, words) -> None:
    assert pounds(amount) == words


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2027, 6, 30, 22, 59, tzinfo=UTC), date(2027, 6, 30)),
        (datetime(2027, 6, 30, 23, 0, tzinfo=UTC), date(2027, 7, 1)),  # already tomorrow in London's summer
        (datetime(2027, 12, 31, 23, 30, tzinfo=UTC), date(2027, 12, 31)),
    ],
)
def test_today_is_londons(instant, day, time_machine) -> None:
    time_machine.move_to(instant, tick=False)
    assert clock.today() == day

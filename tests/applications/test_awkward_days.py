"""Days on which schools are closed, against bank holidays as proclaimed and term dates as schools published them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.awkward_days import awkward, bank_holiday


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2021, 5, 28), ""),
        (date(2024, 3, 29), "is a bank holiday (Good Friday) and is in the Easter holidays of most schools"),
        (date(2027, 2, 26), ""),
        (date(2027, 2, 27), "is a Saturday"),
        (date(2027, 2, 28), "is a Sunday"),
        (date(2023, 5, 8), "is a bank holiday (Coronation of Charles III)"),
        (date(2027, 5, 3), "is a bank holiday (May Day)"),
        (
            date(2026, 8, 31),
            "is a bank holiday (Late Summer Bank Holiday) and is in the summer holidays of most schools",
        ),
    ],
)
def test_day_says_why_it_is_awkward(day: date, why: str) -> None:
    assert awkward(day) == why


def test_scotland_and_wales_keep_their_own_holidays() -> None:
    """Saint Andrew's and 2 January are Scotland's."""
    assert (bank_holiday(date(2026, 11, 30)), bank_holiday(date(2024, 1, 2))) == ("", "")


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("October half term", date(2025, 10, 27), date(2025, 10, 31)),
        ("Christmas holidays", date(2025, 12, 22), date(2026, 1, 2)),
        ("February half term", date(2026, 2, 16), date(2026, 2, 20)),
        ("Easter holidays", date(2026, 3, 30), date(2026, 4, 10)),
        ("May half term", date(2026, 5, 25), date(2026, 5, 29)),
        ("Easter holidays", date(2024, 3, 29), date(2024, 4, 12)),
        ("Easter holidays", date(2025, 4, 7), date(2025, 4, 21)),
        ("February half term", date(2025, 2, 17), date(2025, 2, 21)),
    ],
)
def test_holidays_are_those_that_schools_published(name: str, first: date, last: date) -> None:
    """Every weekday of them, and neither the school day before nor the one after."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    before = first - timedelta(days=3 if first.weekday() == 0 else 1)
    after = last + timedelta(days=3 if last.weekday() == 4 else 1)

    assert [day for day in days if name not in awkward(day) and day.weekday() < 5] == []
    assert [day for day in (before, after) if name in awkward(day)] == []


@given(st.dates(date(2015, 1, 1), date(2045, 12, 31)))
def test_most_weekdays_are_not_awkward(day: date) -> None:
    """A warning that always comes is no warning: somewhere in any five weeks of term-time, there is a plain day."""
    span = [day + timedelta(days=n) for n in range(60)]

    assert [each for each in span if not awkward(each)]

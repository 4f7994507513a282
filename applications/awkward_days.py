"""Days on which schools are closed, so that nobody sets a deadline on one unawares: 29 March 2024 was Good Friday.

Bank holidays are exact. School holidays are not: every council and many academies set their own. Those below follow the
pattern that most councils' published calendars had from 2023/24 to 2026/27 (gov.uk/school-term-holiday-dates leads to
each of them), so they are only ever a reason to ask, never to refuse.
"""

from datetime import date, timedelta

import holidays

WEEKEND = 5  # date.weekday() of Saturday
DAY = timedelta(days=1)
SCHOOL_WEEKS = timedelta(days=4), timedelta(days=11)  # from a Monday to the Friday of that week, or of the next

Span = tuple[date, date]


def _monday_from(first: date) -> date:
    return first + timedelta(days=-first.weekday() % 7)


def _bank_holidays(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("GB", subdiv="ENG", years=year)


def _easter_holidays(year: int) -> Span:
    """An early Easter begins the two weeks, a late one ends them; else they lie around it."""
    sunday = next(day for day, name in _bank_holidays(year).items() if name == "Easter Monday") - DAY
    if sunday.month == 3:
        return sunday - 2 * DAY, sunday + 12 * DAY
    if sunday.day > 14:
        return sunday - 13 * DAY, sunday + DAY
    return sunday - 6 * DAY, sunday + 5 * DAY


def _school_holidays(year: int) -> list[tuple[str, Span]]:
    """Of a calendar year, each with its first and last weekday."""
    one_week, two_weeks = SCHOOL_WEEKS
    february, october = _monday_from(date(year, 2, 12)), _monday_from(date(year, 10, 24))
    may = _monday_from(date(year, 5, 25))
    winters = [_monday_from(date(each, 12, 19)) for each in (year - 1, year)]
    return [
        *(("the Christmas holidays", (first, first + two_weeks)) for first in winters),
        ("the February half term", (february, february + one_week)),
        ("the Easter holidays", _easter_holidays(year)),
        ("the May half term", (may, may + one_week)),
        ("the summer holidays", (date(year, 7, 23), date(year, 8, 31))),
        ("the October half term", (october, october + one_week)),
    ]


def bank_holiday(day: date) -> str:
    """Its name in England; empty on other days."""
    return str(_bank_holidays(day.year).get(day, ""))


def awkward(day: date) -> str:
    """Why this day would be awkward for schools, as a clause; empty when it is not known to be."""
    reasons = []
    if name := bank_holiday(day):
        reasons.append(f"is a bank holiday ({name})")
    if day.weekday() >= WEEKEND:
        reasons.append(f"is a {day:%A}")
    for name, (first, last) in _school_holidays(day.year):
        if first <= day <= last:
            reasons.append(f"is in {name} of most schools")
    return " and ".join(reasons)

"""When the next round of a programme is expected: NCETM's own words, for as long as what they name is not over."""

import re
from calendar import month_name, monthrange
from datetime import date

from django.core.exceptions import ValidationError

from cohorts.models import Programme
from mastery_hub.common import clock

MONTHS = {name: number for number, name in enumerate(month_name) if name}
NAMED = re.compile(rf"(?:(?:(\d{{1,2}}) )?\b({'|'.join(MONTHS)}) )?\b(20\d\d)\b", re.IGNORECASE)


def last_named(words: str) -> date | None:
    """The end of the latest day, month or year that the words name."""
    found = [_end(*parts) for parts in NAMED.findall(words)]
    return max((day for day in found if day), default=None)


def _end(day: str, month: str, year: str) -> date | None:
    if not month:
        return date(int(year), 12, 31)
    number = MONTHS[month.capitalize()]
    last = monthrange(int(year), number)[1]
    return date(int(year), number, min(int(day), last)) if day and int(day) else date(int(year), number, last)


def expected_validate(words: str) -> None:
    named = last_named(words)
    if named is None:
        raise ValidationError("Name the year, such as: in January 2028", code="year")
    if named < clock.today():
        raise ValidationError("Enter a time that is not over, or leave it empty", code="over")


def expected_words(programme: Programme) -> str:
    """Ends a sentence; empty where nothing is expected, or what was is over."""
    named = last_named(programme.next_expected)
    return f"is expected to open {programme.next_expected}" if named and named >= clock.today() else ""

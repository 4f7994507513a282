"""Deadlines in words. Windows are half open, so one that ends at midnight ends with the day before."""

from datetime import date, datetime, time, timedelta

from mastery_hub.common import clock
from mastery_hub.common.templatetags.moments import day, deadline

INSTANT = timedelta(microseconds=1)


def weekday(on: date) -> str:
    """Friday 26 February 2027."""
    return f"{on:%A} {day(on)}"


def last_day(end: datetime) -> date:
    return clock.london(end - INSTANT).date()


def ends_with_day(end: datetime) -> bool:
    return clock.london(end).time() == time(0)


def at_words(end: datetime) -> str:
    """“at 5pm on Friday 26 February 2027”, “at the end of Thursday 25 February 2027”."""
    if ends_with_day(end):
        return f"at the end of {weekday(last_day(end))}"
    return f"at {deadline(end)}"


def before_words(end: datetime) -> str:
    """“before 5pm on Friday 26 February 2027”, “by the end of Thursday 25 February 2027”."""
    if ends_with_day(end):
        return f"by the end of {weekday(last_day(end))}"
    return f"before {deadline(end)}"


def left_words(end: datetime, now: datetime) -> str:
    """“today”, “tomorrow” or “in 21 days”, counted in London calendar days; nothing once it is over."""
    if now >= end:
        return ""
    days = (last_day(end) - clock.london(now).date()).days
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def closing_words(end: datetime, now: datetime) -> str:
    """“Closes at 5pm on Friday 26 February 2027 – in 21 days”, later “Closed at …”."""
    left = left_words(end, now)
    return f"Closes {at_words(end)} – {left}" if left else f"Closed {at_words(end)}"

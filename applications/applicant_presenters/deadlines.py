"""Deadlines in words. Windows are half open, so one that ends at midnight ends with the day before."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from applications.eligibility import current_support, support_awaited, who_to_ask_again
from applications.models import Application
from mastery_hub.common import clock
from mastery_hub.common.forms.wording import listed
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


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def remaining_words(end: datetime, now: datetime) -> str:
    """“3 days” by the London calendar, in the last 24 hours “2 hours 10 minutes” as they pass. The script countdown.js
    goes on from here in the same words."""
    left = end - now
    if left >= timedelta(days=1):
        return _counted((last_day(end) - clock.london(now).date()).days or 1, "day")
    hours, minutes = divmod(left // timedelta(minutes=1), 60)
    parts = [_counted(number, noun) for number, noun in ((hours, "hour"), (minutes, "minute")) if number]
    return " ".join(parts) or "less than a minute"


@dataclass(frozen=True)
class Countdown:
    """What a draft's page says of its deadline; `seconds` are left from the request's arrival."""

    closes: str
    left: str
    seconds: float
    headteacher: str
    extended: bool
    others: str


def _headteacher_words(application: Application) -> str:
    """And the subject leader, where the round asks for one."""
    asked, leader = current_support(application), application.round.asks_subject_leader
    awaited, first = support_awaited(application), ""
    if again := who_to_ask_again(application):
        awaited = ["headteacher", *awaited]
        first = f"{again} signed before there was something new for headteachers to confirm: ask them again. "
    if not awaited and asked:
        too = " Your subject leader has signed too." if leader else ""
        return f"{asked.full_name} has signed for your school.{too}"
    who, end = listed(awaited), application.support_closes_at
    if end > application.closes_at:
        have = "have" if len(awaited) > 1 else "has"
        return f"{first}Your {who} {have} until {deadline(end)} to support your application."
    return f"{first}Your {who} must have signed by then too."


def countdown_of(application: Application, now: datetime) -> Countdown:
    closes = application.closes_at
    return Countdown(
        closes=f"Closes {at_words(closes)}",
        left=f"{remaining_words(closes, now)} left",
        seconds=round((closes - now).total_seconds(), 3),
        headteacher=_headteacher_words(application),
        extended=closes > application.round.closes_at,
        others=f"{'closed' if now >= application.round.closes_at else 'close'} {at_words(application.round.closes_at)}",
    )

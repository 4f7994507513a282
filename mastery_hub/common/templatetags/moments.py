"""Dates and times the way the GOV.UK style guide writes them: 28 May 2027, 9am, 5:30pm, midday, midnight."""

from datetime import date, datetime, time

from django import template

from mastery_hub.common import clock

register = template.Library()


@register.filter
def day(value: date | datetime | None) -> str:
    """28 May 2027, in London; an instant's day is the day it is there."""
    if not value:
        return ""
    if isinstance(value, datetime):
        value = clock.london(value).date()
    return f"{value.day} {value:%B %Y}"


def short_day(value: date | datetime | None) -> str:
    """28 Nov 2027: for tables, where columns are narrow."""
    number, month, year = day(value).split()
    return f"{number} {month[:3]} {year}"


@register.filter
def hour(value: datetime | time | None) -> str:
    """9am, 5:30pm, midday, midnight."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = clock.london(value).time()
    named = {(0, 0): "midnight", (12, 0): "midday"}.get((value.hour, value.minute))
    minutes = f":{value.minute:02d}" if value.minute else ""
    return named or f"{value.hour % 12 or 12}{minutes}{'am' if value.hour < 12 else 'pm'}"


@register.filter
def moment(value: datetime | None) -> str:
    """28 May 2027 at 9am."""
    return f"{day(value)} at {hour(value)}" if value else ""


@register.filter
def deadline(value: datetime | None) -> str:
    """5pm on Friday 28 May 2027: with the weekday, because people plan by it."""
    return f"{hour(value)} on {clock.london(value):%A} {day(value)}" if value else ""


@register.filter
def until(first: date, last: date) -> str:
    """11 to 12 November 2027; the month and the year once where they are the same."""
    if first == last:
        return day(first)
    start = f"{first.day}"
    if (first.month, first.year) != (last.month, last.year):
        start += f" {first:%B}"
    if first.year != last.year:
        start += f" {first.year}"
    return f"{start} to {day(last)}"

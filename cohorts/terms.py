"""What a pledge is signed under: release days and residential dates, kept with it, so that a change can be seen.

Money is kept beside them, and whether a date is confirmed not at all: they change nothing that the school promised.
"""

import json
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from cohorts.enums import DayKind
from cohorts.models import Cohort, Pledge, ReleaseTerms, Residential
from mastery_hub.common.money import pounds
from mastery_hub.common.templatetags.moments import until

Terms = dict[str, Any]  # as JSON keeps it


def terms_of(cohort: Cohort) -> Terms:
    release = ReleaseTerms.objects.filter(cohort=cohort).order_by("programme_year", "kind")
    residentials = Residential.objects.filter(cohort=cohort).order_by("number")
    return {
        "release": [[each.programme_year, each.kind, each.days_least, each.days_most] for each in release],
        "residentials": [[each.number, f"{each.starts_on}", f"{each.ends_on}"] for each in residentials],
    }


def rates_of(cohort: Cohort) -> list[list[Any]]:
    paid = ReleaseTerms.objects.filter(cohort=cohort, rate__isnull=False).order_by("programme_year", "kind")
    return [[each.programme_year, each.kind, f"{each.rate:.2f}"] for each in paid]


def promised(pledge: Pledge) -> list[tuple[str, str]]:
    """What a pledge was signed for, in the words of that day; nothing of one that was signed before they were kept."""
    rates = {(year, kind): Decimal(rate) for year, kind, rate in pledge.rates}
    paid = {_release_name(year, kind): f", paid at {pounds(rate)} a day" for (year, kind), rate in rates.items()}
    return [(name, f"{words}{paid.get(name, '')}") for name, words in _in_words(pledge.terms).items()]


def terms_mark(terms: Terms) -> str:
    """The same for the same terms, and for no others."""
    return sha256(json.dumps(terms, sort_keys=True).encode()).hexdigest()


def terms_changed(before: Terms, after: Terms) -> list[tuple[str, str, str]]:
    """What is no longer as it was: (what, before, after), in words."""
    then, now = _in_words(before), _in_words(after)
    names = [*then, *(name for name in now if name not in then)]
    found = ((name, then.get(name, "None"), now.get(name, "None")) for name in names)
    return [(name, old, new) for name, old, new in found if old != new]


def _release_name(year: int, kind: str) -> str:
    when = "in the training year" if year == 1 else "in later years" if year == 2 else f"in year {year}"
    return f"{DayKind(kind).label} {when}"


def _in_words(terms: Terms) -> dict[str, str]:
    words = {}
    for year, kind, least, most in terms.get("release", []):
        words[_release_name(year, kind)] = f"{most} days" if least == most else f"{least} to {most} days"
    for number, starts, ends in terms.get("residentials", []):
        words[f"Residential {number}"] = until(date.fromisoformat(starts), date.fromisoformat(ends))
    return words

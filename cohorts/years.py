"""What each year of a programme holds: told on its pages, and kept with a pledge as it was when that was signed."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db import transaction

from cohorts import permissions
from cohorts.models import Cohort, Programme, ProgrammeYear
from mastery_hub.accounts.models import User
from mastery_hub.common.academic_year import AcademicYear
from mastery_hub.common.errors import DomainError
from mastery_hub.common.writing import unseen_refused

MOST_YEARS = 9


class YearTold(NamedTuple):
    title: str
    text: str


def fields_of(years: Mapping[int, YearTold]) -> dict[str, str]:
    """As the form names them: `title-1`, `text-1`."""
    titles = {f"title-{year}": told.title for year, told in years.items()}
    return titles | {f"text-{year}": told.text for year, told in years.items()}


def years_told(programme: Programme) -> dict[int, YearTold]:
    return {each.year: YearTold(each.title, each.text) for each in programme.years.all()}


@transaction.atomic
def programme_years_set(
    *, programme: Programme, by: User, wanted: Mapping[int, YearTold], seen: str | None = None
) -> None:
    """`wanted` is all of them by their number. Raises DomainError `not-allowed`, and ChangedElsewhereError when the
    page, filled from `seen`, would overwrite what a colleague has saved since."""
    if not permissions.can_edit_programme(by):
        raise DomainError("Only NCETM writes what a programme holds.", code="not-allowed")
    programme = Programme.objects.select_for_update(of=("self",)).get(pk=programme.pk)
    now = years_told(programme)
    nothing = fields_of(dict.fromkeys({*now, *wanted}, YearTold("", "")))
    stored, asked = nothing | fields_of(now), nothing | fields_of(wanted)
    unseen_refused("What the years hold was", seen=seen, stored=stored, wanted=asked)
    programme.years.exclude(year__in=wanted).delete()
    for year, told in wanted.items():
        if now.get(year) != told:
            ProgrammeYear.objects.update_or_create(
                programme=programme, year=year, defaults={"title": told.title, "text": told.text}
            )


def years_kept(cohort: Cohort) -> list[dict[str, str]]:
    """For a pledge: `title` says the year and what it is about."""
    return years_in_words(cohort, cohort.programme.years.all())


def years_in_words(cohort: Cohort | None, years: Iterable[ProgrammeYear]) -> list[dict[str, Any]]:
    """“Year 1, 2027/28: Your own classroom”; without a cohort the school year is left out."""
    return [{"title": f"{_when(cohort, each.year)}: {each.title}", "text": each.text} for each in years]


def _when(cohort: Cohort | None, year: int) -> str:
    return f"Year {year}, {AcademicYear(cohort.starts + year - 1)}" if cohort else f"Year {year}"

"""A round begun from an earlier one: everything is copied, with its dates moved on, and has to be looked at."""

import re
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from applications import permissions
from applications.enums import RoundAction
from applications.models import InformationDocument, Round
from applications.services.round_log import round_note
from applications.services.terms import terms_copy
from cohorts.enums import Whose
from cohorts.models import Cohort, CohortPoint, CommitmentSet, HubPlaces, ReleaseTerms, Residential
from cohorts.versions import parts_copy
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.academic_year import AcademicYear
from mastery_hub.common.errors import DomainError
from mastery_hub.common.templatetags.moments import day, deadline
from mastery_hub.directory.models import MathsHub

COPIED = (
    "dates",
    "criteria",
    "eligibility",
    "questions",
    "commitments",
    "places",
    "residentials",
    "release",
    "points",
    "document",
)


class Move:
    """From one cohort's year to another's: whole weeks, so that a Friday stays a Friday, and the words that say so."""

    def __init__(self, source: Round, cohort: Cohort) -> None:
        self.years = cohort.starts - source.cohort.starts
        self.weeks = timedelta(weeks=round(self.years * 365.25 / 7))
        before = source.cohort
        pairs = {before.name: cohort.name, before.project_code: cohort.project_code}
        for ahead in range(-1, 3):
            pairs[str(AcademicYear(before.starts + ahead))] = str(AcademicYear(cohort.starts + ahead))
        for at in filter(None, (source.opens_at, source.closes_at, source.support_deadline, source.releases_at)):
            pairs |= {deadline(at): deadline(self.moment(at)), day(at): day(self.moment(at))}
        months = [source.outcomes_month, *(each.starts_on for each in before.residentials.all())]
        pairs |= {f"{month:%B %Y}": f"{self.month(month):%B %Y}" for month in months}
        self.pairs = pairs
        alternatives = "|".join(map(re.escape, sorted(pairs, key=len, reverse=True)))
        self.named = re.compile(rf"(?<![\w/])(?:{alternatives})(?![\w/])")

    def moment(self, at: datetime) -> datetime:
        """The same hour by London's clocks, whichever side of their change."""
        there = clock.london(at)
        return datetime.combine(there.date() + self.weeks, there.time(), tzinfo=clock.LONDON)

    def month(self, first: date) -> date:
        return date(first.year + self.years, first.month, 1)

    def text(self, words: str) -> str:
        """What names the cohort, its years or its dates names the new ones; anything else stays to be checked."""
        return self.named.sub(lambda found: self.pairs[found[0]], words)


@transaction.atomic
def round_copy(*, source: Round, by: User, number: int, starts: int, project_code: str) -> Round:
    """The next cohort with a round like `source`, which is not published. A cohort that was set up already and has no
    round yet is filled. What was taken, asked and answered stays with the source.

    Raises DomainError `not-later`, `taken`, or `not-allowed`.
    """
    if not permissions.can_set_up_round(by):
        raise DomainError("Only NCETM sets up rounds.", code="not-allowed")
    if starts <= source.cohort.starts:
        raise DomainError("Choose a later year than that of the round you copy.", code="not-later")
    cohort = _cohort(source.cohort, number=number, starts=starts, project_code=project_code)
    move = Move(source, cohort)
    try:
        with transaction.atomic():
            made = Round.objects.create(
                cohort=cohort,
                code=project_code,
                opens_at=move.moment(source.opens_at),
                closes_at=move.moment(source.closes_at),
                support_closes_at=move.moment(source.support_closes_at) if source.support_closes_at else None,
                releases_at=move.moment(source.releases_at) if source.releases_at else None,
                confirms_decisions=source.confirms_decisions,
                outcomes_month=move.month(source.outcomes_month),
                reply_days=source.reply_days,
                statement_words=source.statement_words,
                by_nomination=source.by_nomination,
                asks_subject_leader=source.asks_subject_leader,
                to_check=list(COPIED),
            )
    except IntegrityError:
        raise DomainError(f"There is a round with the code {project_code} already.", code="taken") from None
    _copy_cohort(source.cohort, cohort, move)
    _copy_commitments(source.cohort, cohort)
    if terms := source.current_terms:
        terms_copy(source=terms, round=made, by=by)
    if document := source.current_document:
        title, body = move.text(document.title), move.text(document.body)
        InformationDocument.objects.create(round=made, version=1, title=title, body=body)
    round_note(round=made, action=RoundAction.COPY, by=by, changes=[f"From {source}"])
    return made


def _cohort(source: Cohort, *, number: int, starts: int, project_code: str) -> Cohort:
    known = Cohort.objects.filter(programme=source.programme_id, number=number, rounds=None).first()
    if known and (known.starts, known.project_code) == (starts, project_code):
        return known
    try:
        with transaction.atomic():
            return Cohort.objects.create(
                programme=source.programme,
                number=number,
                starts=starts,
                project_code=project_code,
                later_years_note=source.later_years_note,
            )
    except IntegrityError:
        raise DomainError(
            f"{source.programme} has a Cohort {number} already, or another cohort has the project code {project_code}: "
            "choose a different one.",
            code="taken",
        ) from None


def _copy_cohort(source: Cohort, cohort: Cohort, move: Move) -> None:
    """What the cohort has already is left as it is; hubs that are gone by now do not take part."""
    if not cohort.points.exists():
        CohortPoint.objects.bulk_create(
            CohortPoint(cohort=cohort, section=each.section, order=each.order, text=move.text(each.text))
            for each in source.points.all()
        )
    if not cohort.release_terms.exists():
        ReleaseTerms.objects.bulk_create(
            ReleaseTerms(
                cohort=cohort,
                programme_year=each.programme_year,
                kind=each.kind,
                days_least=each.days_least,
                days_most=each.days_most,
                rate=each.rate,
            )
            for each in source.release_terms.all()
        )
    if not cohort.residentials.exists():
        Residential.objects.bulk_create(
            Residential(
                cohort=cohort,
                number=each.number,
                starts_on=each.starts_on + move.weeks,
                ends_on=each.ends_on + move.weeks,
                venue=each.venue,
                confirmed=False,
            )
            for each in source.residentials.all()
        )
    if not cohort.hub_places.exists():
        HubPlaces.objects.bulk_create(
            HubPlaces(cohort=cohort, hub=each.hub, places=each.places)
            for each in source.hub_places.filter(hub__in=MathsHub.objects.current()).select_related("hub")
        )


def _copy_commitments(source: Cohort, cohort: Cohort) -> None:
    latest = {each.whose: each for each in source.commitment_sets.in_force().order_by("version")}
    written = set(cohort.commitment_sets.values_list("whose", flat=True))
    for whose in Whose:
        if whose in latest and whose not in written:
            parts_copy(latest[whose], CommitmentSet.objects.create(cohort=cohort, whose=whose))

"""Programmes, cohorts and rounds: Cohort 10's published terms as rows, brought to the years of the demo."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from applications.enums import AnswerKind
from applications.models import Criterion, EligibilityQuestion, HubRule, Question, Round, RoundTerms
from applications.services.round_copy import round_copy
from applications.services.round_documents import information_document_publish
from applications.services.round_log import round_check
from cohorts.models import (
    Cohort,
    CohortPoint,
    Commitment,
    CommitmentSet,
    HubPlaces,
    Programme,
    ProgrammePageBlock,
    ProgrammeYear,
    ReleaseTerms,
    Residential,
)
from mastery_hub.accounts.models import PrivacyNotice, User
from mastery_hub.common import clock
from mastery_hub.common.academic_year import AcademicYear
from mastery_hub.common.templatetags.moments import day, deadline
from mastery_hub.demo import personas
from mastery_hub.demo.clock import told
from mastery_hub.directory.enums import PhaseOfEducation
from mastery_hub.directory.models import MathsHub

DATA = Path(__file__).parent.parent / "data"
PRIMARY_PHASES = (PhaseOfEducation.PRIMARY, PhaseOfEducation.MIDDLE_PRIMARY, PhaseOfEducation.ALL_THROUGH)
SECONDARY_PHASES = (PhaseOfEducation.SECONDARY, PhaseOfEducation.MIDDLE_SECONDARY, PhaseOfEducation.ALL_THROUGH)
PLACES_A_HUB = 4
WITH_OWN_RULE = ("venn-essex", personas.HUB)
THREE_DAYS = {
    "text": "On how many days a week do you teach?",
    "kind": AnswerKind.NUMBER,
    "least": 3,
    "not_met": "This hub asks for at least three days a week, so that what you learn can be tried out with your class. "
    "If you teach for fewer, ask the hub for an exception.",
}
BEGINNING = timedelta(days=900)  # how far back the demo's past goes


@dataclass(frozen=True)
class Season:
    """One cohort and the days of its round. Residentials are (month, first day) pairs of the development year."""

    number: int
    ordinal: str
    cohorts_before: str
    starts: int
    project_code: str
    opens_at: datetime
    closes_at: datetime
    residentials: tuple[tuple[int, int], ...]
    confirmed: bool

    @property
    def year(self) -> AcademicYear:
        return AcademicYear(self.starts)

    @property
    def outcomes_month(self) -> date:
        """June after the round has closed, and never before the June that precedes the development year."""
        closes = self.closes_at.date()
        return date(max(self.starts, closes.year + (closes.month > 5)), 6, 1)

    def residential_days(self) -> list[date]:
        return [date(self.starts + (month < 9), month, first) for month, first in self.residentials]

    def words(self) -> dict[str, Any]:
        """What the texts of `data/` leave open."""
        held = [f"{first:%B %Y}" for first in self.residential_days()]
        return {
            "number": self.number,
            "ordinal": self.ordinal,
            "cohorts_before": self.cohorts_before,
            "year": self.year,
            "next_year": AcademicYear(self.starts + 1),
            "residentials": f"{', '.join(held[:-1])} and {held[-1]}",
            "opens": day(self.opens_at),
            "closes": deadline(self.closes_at),
            "outcomes": f"{self.outcomes_month:%B %Y}",
        }


def london(on: date, hour: int) -> datetime:
    return datetime.combine(on, time(hour), tzinfo=clock.LONDON)


def seasons(now: datetime) -> tuple[Season, Season]:
    """The round that is over, and the open one: open since a Monday six weeks ago, until a Friday three weeks on."""
    today = clock.london(now).date()
    opened, closes = today - timedelta(days=42), today + timedelta(days=18)
    opened -= timedelta(days=opened.weekday())
    closes += timedelta(days=(4 - closes.weekday()) % 7)
    year = timedelta(weeks=52)
    past = (london(opened - year, 9), london(closes - year, 17))
    return (
        Season(12, "twelfth", "eleven", 2026, "NCP26-01", *past, ((11, 11), (3, 3), (6, 9)), confirmed=True),
        Season(
            13, "thirteenth", "twelve", 2027, "NCP27-01", london(opened, 9), london(closes, 17),
            ((11, 10), (3, 8), (6, 14)), confirmed=False,
        ),
    )  # fmt: skip


def secondary_season(now: datetime) -> Season:
    """Open as well: since a Monday five weeks ago, until the Friday before the primary round's."""
    _, primary = seasons(now)
    opened, week = clock.london(now).date() - timedelta(days=35), timedelta(weeks=1)
    opened -= timedelta(days=opened.weekday())
    return Season(
        12, "twelfth", "eleven", 2027, "NCP27-02", london(opened, 9), primary.closes_at - week,
        ((11, 17), (3, 15), (6, 21)), confirmed=False,
    )  # fmt: skip


def programmes_make() -> tuple[Programme, Programme]:
    """Primary and Secondary with their pages, and the privacy notice."""
    primary = Programme.objects.create(
        name="Primary Mastery Specialist Programme",
        slug="primary",
        summary="For primary teachers who want to become specialists in teaching for mastery and lead other schools.",
        school_phases=list(PRIMARY_PHASES),
        order=1,
    )
    secondary = Programme.objects.create(
        name="Secondary Mastery Specialist Programme",
        slug="secondary",
        summary="For secondary maths teachers nominated by their school: from one classroom to whole departments.",
        school_phases=list(SECONDARY_PHASES),
        order=2,
    )
    for programme in (primary, secondary):
        text = (DATA / f"programme_{programme.slug}.md").read_text(encoding="utf-8")
        parts = re.split(r"^# (\w+)\n", text, flags=re.MULTILINE)[1:]
        ProgrammePageBlock.objects.bulk_create(
            ProgrammePageBlock(programme=programme, kind=kind, body=body.strip())
            for kind, body in zip(parts[::2], parts[1::2], strict=True)
        )
        told_of = tomllib.loads((DATA / "years.toml").read_text(encoding="utf-8"))[programme.slug]
        ProgrammeYear.objects.bulk_create(
            ProgrammeYear(programme=programme, year=year, **each) for year, each in enumerate(told_of, 1)
        )
    PrivacyNotice.objects.create(version=1, body=(DATA / "privacy.md").read_text(encoding="utf-8"))
    return primary, secondary


def round_make(programme: Programme, season: Season, hubs: Sequence[MathsHub], *, scale: int = 1) -> Round:
    """The cohort with its terms and the round with its criteria, questions and document, two weeks before it opens."""
    terms = tomllib.loads((DATA / f"{programme.slug}.toml").read_text(encoding="utf-8"))
    with told(season.opens_at - timedelta(days=14)):
        cohort = _cohort(programme, season, terms)
        places = terms.get("places_a_hub", PLACES_A_HUB) * max(scale, 1)
        HubPlaces.objects.bulk_create(HubPlaces(cohort=cohort, hub=hub, places=places) for hub in hubs)
        round = Round.objects.create(
            cohort=cohort,
            code=season.project_code,
            opens_at=season.opens_at,
            closes_at=season.closes_at,
            outcomes_month=season.outcomes_month,
            statement_words=300,
            by_nomination=terms.get("by_nomination", False),
            asks_subject_leader=terms.get("asks_subject_leader", False),
            published_at=clock.now(),
        )
        _round_terms(round, terms)
        information_document_publish(
            round=round,
            by=User.objects.system(),
            title=f"{programme.name}: {season.year} Cohort {season.number} – Information",
            body=(DATA / f"information_{programme.slug}.md").read_text(encoding="utf-8").format(**season.words()),
        )
        HubRule.objects.bulk_create(
            HubRule(round=round, hub=hub, from_at=clock.now(), **THREE_DAYS)
            for hub in hubs
            if hub.slug in WITH_OWN_RULE
        )
    return round


def next_round_make(current: Round) -> Round:
    """The next cohort's round, as NCETM has begun to set it up: copied, and only the places checked."""
    ncetm, cohort = User.objects.get(email=personas.NATIONAL.email), current.cohort
    round = round_copy(
        source=current,
        by=ncetm,
        number=cohort.number + 1,
        starts=cohort.starts + 1,
        project_code=f"NCP{(cohort.starts + 1) % 100}-01",
    )
    round_check(round=round, by=ncetm, keys=["places"])
    return round


def _cohort(programme: Programme, season: Season, terms: dict[str, Any]) -> Cohort:
    words = season.words()
    cohort = Cohort.objects.create(
        programme=programme, number=season.number, starts=season.starts, project_code=season.project_code
    )
    CohortPoint.objects.bulk_create(
        CohortPoint(cohort=cohort, section=section, order=order, text=text.format(**words))
        for section, texts in terms["points"].items()
        for order, text in enumerate(texts, 1)
    )
    for whose, texts in terms["commitments"].items():
        signed = CommitmentSet.objects.create(cohort=cohort, whose=whose)
        Commitment.objects.bulk_create(
            Commitment(commitment_set=signed, order=order, text=text.format(**words))
            for order, text in enumerate(texts, 1)
        )
    ReleaseTerms.objects.create(cohort=cohort, programme_year=1, days_least=15, days_most=15, rate=Decimal(200))
    ReleaseTerms.objects.create(cohort=cohort, programme_year=2, days_least=12, days_most=37)
    Residential.objects.bulk_create(
        Residential(
            cohort=cohort, number=number, starts_on=first, ends_on=first + timedelta(days=1), confirmed=season.confirmed
        )
        for number, first in enumerate(season.residential_days(), 1)
    )
    return cohort


def _round_terms(round: Round, terms: dict[str, Any]) -> None:
    rows = RoundTerms.objects.create(round=round)
    EligibilityQuestion.objects.bulk_create(
        EligibilityQuestion(terms=rows, order=order, **known) for order, known in enumerate(terms["eligibility"], 1)
    )
    criteria = {}
    for order, known in enumerate(terms["criteria"], 1):
        criteria[known["key"]] = Criterion.objects.create(terms=rows, order=order, **known)
    for order, known in enumerate(terms["questions"], 1):
        fields = {name: value for name, value in known.items() if name != "criteria"}
        question = Question.objects.create(terms=rows, order=order, **fields)
        question.criteria.set([criteria[key] for key in known["criteria"]])

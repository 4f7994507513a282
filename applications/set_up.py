"""What a round needs before anybody can apply to it. The round's page lists these tasks, and publishing asks them all.

A page that sets up a part of a round is hung on it by an entry here: `missing` says in sentences what still has to be
done, and `so_far` what there is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists

from applications.models import Round, RoundTerms
from applications.terms import criteria_problems, questions_problems
from cohorts.enums import Whose
from mastery_hub.accounts.models import PrivacyNotice
from mastery_hub.common import clock
from mastery_hub.common.templatetags.moments import deadline, until

WHOLE = (
    "terms__criteria__questions",
    "terms__eligibility_questions",
    "terms__questions__criteria",
    "cohort__commitment_sets__commitments",
    "cohort__hub_places",
    "cohort__residentials",
    "cohort__release_terms",
    "documents",
)


def _nothing(round: Round) -> list[str]:
    return []


def _unsaid(round: Round) -> str:
    return ""


@dataclass(frozen=True)
class SetUpTask:
    """`route` is the page's name, whose one argument is the round's code; without one the task has no page."""

    key: str
    name: str
    route: str = ""
    missing: Callable[[Round], list[str]] = _nothing
    so_far: Callable[[Round], str] = _unsaid
    optional: bool = False


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _terms(round: Round) -> RoundTerms | None:
    """The version in force, of those that `look` has read."""
    return next((each for each in round.terms.all() if each.is_in_force), None)


def _criteria_missing(round: Round) -> list[str]:
    terms = _terms(round)
    return list(criteria_problems(list(terms.criteria.all()) if terms else []))


def _questions_missing(round: Round) -> list[str]:
    terms = _terms(round)
    return list(questions_problems(list(terms.questions.all()) if terms else []))


def _terms_so_far(round: Round, part: str, noun: tuple[str, str]) -> str:
    terms = _terms(round)
    working = next((each for each in round.terms.all() if not each.is_in_force), None)
    number = len(getattr(terms, part).all()) if terms else 0
    waiting = f"; version {working.version} is not in force yet" if working else ""
    return f"{number} {noun[number != 1]}{waiting}" if number or working else ""


def _criteria_so_far(round: Round) -> str:
    return _terms_so_far(round, "criteria", ("criterion", "criteria"))


def _eligibility_so_far(round: Round) -> str:
    return _terms_so_far(round, "eligibility_questions", ("question", "questions"))


def _questions_so_far(round: Round) -> str:
    return _terms_so_far(round, "questions", ("question", "questions"))


def _commitments_missing(round: Round) -> list[str]:
    sets = round.cohort.commitment_sets.all()
    written = {each.whose for each in sets if each.is_in_force and each.commitments.all()}
    words = {Whose.APPLICANT: "teachers", Whose.HEADTEACHER: "headteachers"}
    return [f"Write what {words[whose]} commit to" for whose in Whose if whose not in written]


def _commitments_so_far(round: Round) -> str:
    working = [each for each in round.cohort.commitment_sets.all() if not each.is_in_force]
    return "; ".join(f"{each} is not in force yet" for each in working)


def _places_missing(round: Round) -> list[str]:
    taking_part = any(each.places for each in round.cohort.hub_places.all())
    return [] if taking_part else ["Say which hubs take part and how many places each has"]


def _places_so_far(round: Round) -> str:
    places = [each.places for each in round.cohort.hub_places.all()]
    return f"{count(len(places), 'hub')}, {count(sum(places), 'place')}" if places else ""


def _residentials_so_far(round: Round) -> str:
    return "; ".join(until(each.starts_on, each.ends_on) for each in round.cohort.residentials.all())


def _release_so_far(round: Round) -> str:
    return "; ".join(str(each) for each in round.cohort.release_terms.all())


def _points_so_far(round: Any) -> str:
    """`points` and `has_notice` come with the round that `look` reads."""
    return count(round.points, "sentence") if round.points else ""


def _document_missing(round: Round) -> list[str]:
    return [] if round.documents.all() else ["Publish the information document"]


def _document_so_far(round: Round) -> str:
    documents = round.documents.all()
    return str(documents[0]) if documents else ""


def _notice_missing(round: Any) -> list[str]:
    return [] if round.has_notice else ["There is no privacy notice yet"]


def _dates_missing(round: Round) -> list[str]:
    late = round.published_at is None and clock.now() >= round.closes_at
    return ["Choose a closing time in the future"] if late else []


def _dates_so_far(round: Round) -> str:
    released = f". Decisions are released {deadline(round.releases_at)}" if round.releases_at else ""
    return f"{deadline(round.opens_at)} to {deadline(round.closes_at)}{released}"


def _details_so_far(round: Round) -> str:
    cohort = round.cohort
    nominated = ", by nomination" if round.by_nomination else ""
    led = ", with the subject leader’s support" if round.asks_subject_leader else ""
    confirmed = ", with NCETM’s confirmation of decisions" if round.confirms_decisions else ""
    return f"{cohort.name}, {cohort.academic_year}, {cohort.project_code}{nominated}{led}{confirmed}"


GROUPS: tuple[tuple[str, tuple[SetUpTask, ...]], ...] = (
    (
        "The round",
        (
            SetUpTask("details", "Cohort and code", "national_round_details", so_far=_details_so_far),
            SetUpTask("dates", "Dates", "national_round_dates", missing=_dates_missing, so_far=_dates_so_far),
        ),
    ),
    (
        "What applicants are asked",
        (
            SetUpTask("criteria", "Criteria", "national_criteria", _criteria_missing, _criteria_so_far),
            SetUpTask(
                "eligibility",
                "Eligibility questions",
                "national_eligibility",
                so_far=_eligibility_so_far,
                optional=True,
            ),
            SetUpTask("questions", "Questions in writing", "national_questions", _questions_missing, _questions_so_far),
            SetUpTask("commitments", "Commitments", "national_commitments", _commitments_missing, _commitments_so_far),
        ),
    ),
    (
        "Who takes part",
        (
            SetUpTask(
                "places", "Hubs and places", "national_round_places", missing=_places_missing, so_far=_places_so_far
            ),
        ),
    ),
    (
        "The development year",
        (
            SetUpTask(
                "residentials",
                "Residentials",
                "national_round_residentials",
                so_far=_residentials_so_far,
                optional=True,
            ),
            SetUpTask("release", "Release days", "national_round_release", so_far=_release_so_far, optional=True),
        ),
    ),
    (
        "What applicants read",
        (
            SetUpTask(
                "points", "What the cohort is told", "national_round_points", so_far=_points_so_far, optional=True
            ),
            SetUpTask(
                "document",
                "Information document",
                "national_round_document",
                missing=_document_missing,
                so_far=_document_so_far,
            ),
            SetUpTask("notice", "Privacy notice", missing=_notice_missing),
        ),
    ),
)


def tasks() -> Iterator[SetUpTask]:
    for _, group in GROUPS:
        yield from group


@dataclass(frozen=True)
class Found:
    """How far one task of a round has come."""

    task: SetUpTask
    missing: list[str]
    so_far: str


def look(round: Round) -> list[tuple[str, list[Found]]]:
    """Reads the round whole, once: what `missing` and `so_far` of a task ask, they ask of what is read."""
    counted = {"points": Count("cohort__points"), "has_notice": Exists(PrivacyNotice.objects.all())}
    (whole,) = Round.objects.with_programme().annotate(**counted).prefetch_related(*WHOLE).filter(pk=round.pk)

    def found(task: SetUpTask) -> Found:
        return Found(task, task.missing(whole), task.so_far(whole))

    return [(title, [found(task) for task in group]) for title, group in GROUPS]


def missing(round: Round, looked: list[tuple[str, list[Found]]] | None = None) -> list[str]:
    """Everything that stands between the round and its publication, at once."""
    found = [each for _, group in looked or look(round) for each in group]
    copied = [each.task.name for each in found if each.task.key in round.to_check]
    sentences = [sentence for each in found for sentence in each.missing]
    return sentences + [f"Check what was copied: {', '.join(copied)}"] * bool(copied)

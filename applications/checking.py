"""The check before anybody signs up: its answers live in the browser's session alone, until an application begins."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Q

from applications.applicant_presenters.deadlines import at_words
from applications.hubs import neighbours_recruiting, not_recruiting_words, recruits
from applications.models import Extension, Round
from applications.models.eligibility import NotMet, Rule, Value
from applications.models.extensions import deadlines
from applications.rules import rules_not_met, school_not_met
from cohorts.expected import expected_words
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.directory.services.areas import hub_of_school

KEPT = "eligibility_check"


def checked(session: SessionBase, round: Round) -> dict[str, Any]:
    """`answers` by key of the question, and `school`, a URN."""
    found: dict[str, Any] = session.get(KEPT, {}).get(round.code, {})
    return {"answers": {}, "school": None} | found


def check_keep(session: SessionBase, round: Round, **changed: Any) -> None:
    session[KEPT] = session.get(KEPT, {}) | {round.code: checked(session, round) | changed}


def check_forget(session: SessionBase, round: Round) -> None:
    kept = session.get(KEPT, {})
    if kept.pop(round.code, None):
        session[KEPT] = kept


def school_checked(session: SessionBase, round: Round) -> School | None:
    """What an application may begin with: a school that somebody told of and whose hub is known."""
    urn = checked(session, round)["school"]
    school = School.objects.open().filter(pk=urn).first() if urn else None
    return school if school and hub_of_school(school) else None


def closing_for(round: Round, user: Any, hub: MathsHub | None) -> datetime:
    """When whoever asks may no longer begin: the round's instant, or a later one of theirs or of the hub's."""
    given = Extension.objects.covering(round=round.pk, hub=hub.pk if hub else None, applicant=user.pk or 0)
    return deadlines(round, given).closes_at


def may_check(round: Round, user: Any, at: datetime) -> bool:
    """Before the round closes everybody; from then on whoever may still have time. Which hub's somebody is shows only
    as they check, so one hub with more time opens it to all."""
    if at < round.closes_at:
        return True
    whose = Q(hub__isnull=False) | Q(applicant=user.pk or 0)
    return Extension.objects.standing().filter(whose, round=round, closes_at__gt=at).exists()


def check_failures(
    round: Round, school: School | None, hub: MathsHub | None, rules: list[Rule], answers: dict[str, Value]
) -> list[NotMet]:
    """All at once: the school's, its hub's and the questions'."""
    found = [*school_not_met(school, round.cohort.programme), *rules_not_met(rules, answers)]
    if hub and not recruits(hub, round):
        message = f"{not_recruiting_words(hub, neighbours_recruiting(hub, round))}."
        asked = "Is your home hub recruiting in this round?"
        found.append(NotMet("hub-recruits", asked, f"No: {hub}", message, essential=True))
    return found


def next_round_words(round: Round) -> str:
    """When somebody who cannot apply now may try again."""
    others = Round.objects.published().filter(cohort__programme=round.cohort.programme_id, opens_at__gt=clock.now())
    following = others.exclude(pk=round.pk).with_programme().order_by("opens_at").first()
    if following is None:
        if expected := expected_words(round.cohort.programme):
            return f"apply another year: the round after {round.cohort.name} {expected}"
        return f"apply another year: the round after {round.cohort.name} has not been announced yet"
    return (
        f"apply to {following.cohort.name}, {following.cohort.academic_year}: it opens {at_words(following.opens_at)}"
    )

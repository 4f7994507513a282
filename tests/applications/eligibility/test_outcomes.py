"""Outcomes of eligibility are never made anew, and stop a submission."""

from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from applications import permissions
from applications.enums import Action, Eligibility, Outcome, State, SupportState
from applications.models import Application
from applications.services.applications import NotReadyError, application_start, application_submit
from applications.services.eligibility import eligibility_save, eligibility_settle
from applications.services.engines import APPLICATION
from applications.services.school_choice import application_choose_hub
from applications.services.selection import decision_propose
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.writing import ChangedElsewhereError
from tests.applications.eligibility.steps import REASON, answer, ask, asked, decide, fresh, refused
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    EligibilityExceptionFactory,
    EligibilityQuestionFactory,
    HeadteacherSupportFactory,
    HubRuleFactory,
    RoundFactory,
)
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db


def submit(application: Application) -> Application:
    return application_submit(application=application, by=application.applicant, at=clock.now())


def stored(application: Application) -> list[tuple[dict[str, Any], list[str]]]:
    return [
        ({said["key"]: said["value"] for said in row.answers}, [failure.key for failure in row.not_met])
        for row in application.eligibility_outcomes.order_by("pk")
    ]


# Outcomes


def test_each_change_of_the_answers_is_a_row_of_its_own(application: Application) -> None:
    answer(application, days=2)
    answer(application, years=1)
    answer(application, days=3)
    answer(application, days=3)

    assert stored(application) == [
        ({"days": 2}, ["days"]),
        ({"days": 2, "years": 1}, ["days", "years"]),
        ({"days": 3, "years": 1}, ["years"]),
    ]
    row = application.eligibility_outcomes.first()
    assert (row.terms, row.hub, row.by) == (application.terms, application.hub, application.applicant)


@pytest.mark.parametrize(
    ("answers", "standing"),
    [
        ({"days": 3}, Eligibility.UNCHECKED),
        ({"days": 3, "years": 1}, Eligibility.MET),
        ({"days": 2}, Eligibility.NOT_MET),
    ],
)
def test_application_stands_by_its_essential_rules(
    application: Application, answers: dict[str, int], standing: str
) -> None:
    assert answer(application, **answers).eligibility == standing


@pytest.mark.parametrize("answers", [{"days": -1}, {"days": "three"}, {"days": True}, {"other": 3}, {"days": None}])
def test_what_is_no_answer_is_refused(application: Application, answers: dict[str, Any]) -> None:
    with refused("not-an-answer"):
        answer(application, **answers)
    assert stored(application) == []


def test_answers_are_the_applicants_in_the_draft_alone(application: Application, lead: User) -> None:
    with refused("not-editable"):
        eligibility_save(application=application, by=lead, answers={"days": 3})
    submit(answer(application, days=3, years=4))
    with refused("not-editable"):
        answer(application, days=4)


def test_page_that_showed_other_answers_does_not_overwrite_them(application: Application) -> None:
    answer(application, days=2)
    with pytest.raises(ChangedElsewhereError):
        eligibility_save(application=application, by=application.applicant, answers={"days": 5}, seen="0" * 32)


def test_answers_of_the_check_follow_into_the_application() -> None:
    round, teacher = RoundFactory(complete=True), UserFactory()
    EligibilityQuestionFactory(terms=round.current_terms, key="days", least=3)
    told = {"by": teacher, "round": round, "document": round.current_document, "at": clock.now()}

    application = application_start(**told, answers={"days": 2})

    assert (stored(application), fresh(application).eligibility) == ([({"days": 2}, ["days"])], Eligibility.NOT_MET)
    application_start(**told, answers={"days": 5})
    assert stored(application) == [({"days": 2}, ["days"])]


def test_hubs_own_rule_joins_with_the_hub(application: Application) -> None:
    HubRuleFactory(round=application.round, hub=application.hub, key="own", least=5)
    application = answer(application, days=3, years=4, own=4)
    assert (application.eligibility, stored(application)[-1][1]) == (Eligibility.NOT_MET, ["own"])

    neighbour = MathsHubFactory()
    application.hub.neighbours.add(neighbour)
    HubPlacesFactory(cohort=application.round.cohort, hub=neighbour)
    application_choose_hub(application=application, by=application.applicant, hub=neighbour, reason=REASON)
    assert fresh(application).eligibility == Eligibility.MET
    assert stored(application)[-1] == ({"days": 3, "years": 4}, [])


# Submitting


def test_unanswered_question_and_failed_rule_stop_a_submission_all_at_once(application: Application) -> None:
    with pytest.raises(NotReadyError) as raised:
        submit(answer(application, days=2))
    assert [failure.message for failure in raised.value.failures] == [
        "Answer “How many years?”",
        f"Ask {application.hub} for an exception: Ask again when you do.",
    ]


def test_advisory_rule_stops_nothing(application: Application) -> None:
    assert submit(answer(application, days=3, years=1)).state == State.SUBMITTED


def test_submission_is_in_time_while_the_exception_waits(application: Application, lead: User) -> None:
    exception = asked(application)
    at = clock.now()
    application = application_submit(application=fresh(application), by=application.applicant, at=at)
    assert (application.state, fresh(application).eligibility) == (State.SUBMITTED, Eligibility.ASKED)

    decide(exception, lead, grant=True)

    application = fresh(application)
    assert (application.state, application.submitted_at) == (State.SUBMITTED, at)
    assert application.eligibility == Eligibility.GRANTED


def test_refused_draft_is_not_submitted(application: Application, lead: User) -> None:
    decide(asked(application), lead, grant=False)
    with pytest.raises(NotReadyError) as raised:
        submit(fresh(application))
    [failure] = raised.value.failures
    assert "has refused an exception" in failure.message


@pytest.mark.parametrize("school", [{"independent": True}, {"secondary": True}])
def test_school_that_is_not_for_the_programme_can_be_excepted(application: Application, school: dict[str, Any]) -> None:
    application = answer(application, days=3, years=4)
    elsewhere = SchoolFactory(authority=application.school.authority, in_hub=application.hub, **school)
    Application.objects.filter(pk=application.pk).update(school=elsewhere)
    eligibility_settle(application=fresh(application), by=application.applicant)
    with pytest.raises(NotReadyError):
        submit(fresh(application))

    ask(fresh(application))

    assert submit(fresh(application)).eligibility == Eligibility.ASKED


# What hangs on it


@pytest.mark.parametrize(
    ("standing", "free"),
    [("asked", False), ("refused", False), ("granted", True)],
)
def test_no_place_is_given_against_an_essential_rule(standing: str, free: bool) -> None:
    application = ApplicationFactory(state=State.COMPLETE)
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    EligibilityExceptionFactory(application=application, state=standing)
    lead = UserFactory(hub_lead=application.hub)
    promises = {Action.PROPOSE_OFFER, Action.PROPOSE_RESERVE}

    assert (promises <= set(APPLICATION.available(application, lead))) is free
    assert bool(permissions.what_comes_first(application, Action.RELEASE_OFFER)) is not free
    propose = partial(decision_propose, application=application, by=lead, feedback="Thank you")
    for outcome in (Outcome.OFFER, Outcome.RESERVE):
        if not free:
            with refused("barred"):
                propose(outcome=outcome)
    propose(outcome=Outcome.OFFER if free else Outcome.UNSUCCESSFUL)


def test_database_gives_no_place_against_an_essential_rule() -> None:
    application = ApplicationFactory(state=State.OFFERED)
    with pytest.raises(IntegrityError, match="no_place_against_an_essential_rule"):
        Application.objects.filter(pk=application.pk).update(eligibility=Eligibility.ASKED)


def test_database_lets_nothing_be_submitted_that_has_not_asked() -> None:
    application = ApplicationFactory(state=State.SUBMITTED)
    with pytest.raises(IntegrityError, match="submitted_application_has_asked_for_its_exception"):
        Application.objects.filter(pk=application.pk).update(eligibility=Eligibility.NOT_MET)

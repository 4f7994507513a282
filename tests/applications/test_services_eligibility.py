"""Outcomes that are never made anew, and exceptions: asked, granted, refused, taken back; in time while they wait."""

from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from applications import permissions
from applications.enums import (
    ENDED,
    Action,
    Eligibility,
    ExceptionAction,
    ExceptionState,
    Outcome,
    State,
    SupportState,
    WithdrawalReason,
)
from applications.models import Application, EligibilityException
from applications.services.applications import (
    NotReadyError,
    application_start,
    application_submit,
)
from applications.services.eligibility import eligibility_save, eligibility_settle, exception_ask, exception_decide
from applications.services.engines import APPLICATION, EXCEPTION
from applications.services.school_choice import application_choose_hub, application_save_school
from applications.services.selection import decision_propose
from applications.services.withdrawal import application_withdraw
from applications.workflow import EXCEPTION_TRANSITIONS
from mastery_hub.accounts.models import Membership, User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.writing import ChangedElsewhereError
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_body
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
from tests.threads import overtaken

pytestmark = pytest.mark.django_db
REASON = "From September I teach three days a week"
WHY = "The school has told us the same"


@pytest.fixture
def application() -> Application:
    """Ready to submit but for the two questions: days (essential) and years (advisory)."""
    application = ApplicationFactory(ready=True)
    EligibilityQuestionFactory(terms=application.terms, key="days", text="How many days?", least=3)
    EligibilityQuestionFactory(terms=application.terms, key="years", text="How many years?", least=4, advisory=True)
    return fresh(application)


@pytest.fixture
def lead(application: Application) -> User:
    return UserFactory(hub_lead=application.hub)


def fresh(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


def answer(application: Application, **answers: Any) -> Application:
    eligibility_save(application=application, by=application.applicant, answers=answers)
    return fresh(application)


def ask(application: Application, reason: str = REASON) -> EligibilityException:
    return exception_ask(application=application, by=application.applicant, reason=reason)


def asked(application: Application) -> EligibilityException:
    return ask(answer(application, days=2, years=5))


def decide(exception: EligibilityException, by: User, *, grant: bool, reason: str = WHY) -> EligibilityException:
    return exception_decide(exception=exception, by=by, grant=grant, reason=reason)


def submit(application: Application) -> Application:
    return application_submit(application=application, by=application.applicant, at=clock.now())


def refused(code: str) -> Any:
    return pytest.raises(DomainError, check=lambda error: error.code == code)


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


# Asking


def test_exception_is_asked_of_the_hub_which_hears_of_it(application: Application, lead: User) -> None:
    UserFactory(hub_reviewer=application.hub)
    exception = asked(application)

    assert (exception.hub, exception.reason, exception.state) == (application.hub, REASON, ExceptionState.ASKED)
    assert [failure.key for failure in exception.outcome.essential] == ["days"]
    event = exception.events.get()
    assert (event.action, event.by, event.reason) == ("ask", application.applicant, REASON)
    email = Email.objects.get(kind="exception_asked")
    assert email.to == lead.email
    assert REASON in email_body(email).text


@pytest.mark.parametrize(
    ("answers", "reason", "code"),
    [({"days": 3, "years": 4}, REASON, "nothing-to-except"), ({"days": 2, "years": 4}, " ", "reason-missing")],
)
def test_exception_needs_a_rule_that_is_not_met_and_a_reason(
    application: Application, answers: dict[str, int], reason: str, code: str
) -> None:
    with refused(code):
        ask(answer(application, **answers), reason)


def test_exception_needs_a_hub() -> None:
    application = ApplicationFactory(placed=False)
    EligibilityQuestionFactory(terms=application.terms, key="days", least=3)
    with refused("school-first"):
        ask(answer(application, days=2))


def test_second_click_asks_once(application: Application) -> None:
    asked(application)
    with refused("asked-already"):
        ask(fresh(application))
    assert EligibilityException.objects.count() == 1


def test_refused_exception_is_not_asked_again_for_the_same(application: Application, lead: User) -> None:
    decide(asked(application), lead, grant=False)
    with refused("refused-already"):
        ask(fresh(application))
    answer(application, days=3)
    answer(application, days=2)
    with refused("refused-already"):
        ask(fresh(application))
    answer(application, days=1)
    assert ask(fresh(application)).state == ExceptionState.ASKED


@pytest.mark.parametrize("granted", [True, False])
def test_other_answers_take_the_exception_back(application: Application, lead: User, granted: bool) -> None:
    exception = asked(application)
    if granted:
        decide(exception, lead, grant=True)

    application = answer(application, days=1)

    exception.refresh_from_db()
    assert (exception.state, application.eligibility) == (ExceptionState.CANCELLED, Eligibility.NOT_MET)
    assert exception.events.last().by == application.applicant


def test_answers_that_the_exception_covers_leave_it(application: Application, lead: User) -> None:
    decide(asked(application), lead, grant=True)
    assert answer(application, years=1).eligibility == Eligibility.GRANTED


def test_another_hub_or_school_is_asked_anew(application: Application) -> None:
    exception = asked(application)
    elsewhere = SchoolFactory(in_hub=MathsHubFactory())
    HubPlacesFactory(cohort=application.round.cohort, hub=elsewhere.authority.hub_areas.get().hub)

    application_save_school(application=application, by=application.applicant, school=elsewhere)

    exception.refresh_from_db()
    assert (exception.state, fresh(application).eligibility) == (ExceptionState.CANCELLED, Eligibility.NOT_MET)


# Deciding


@pytest.mark.parametrize(("grant", "state"), [(True, ExceptionState.GRANTED), (False, ExceptionState.REFUSED)])
def test_lead_decides_by_name_with_a_reason_and_the_applicant_is_told(
    application: Application, lead: User, grant: bool, state: str
) -> None:
    exception = decide(asked(application), lead, grant=grant)

    assert (exception.state, exception.decided_by, exception.decision_reason) == (state, lead, WHY)
    assert fresh(application).eligibility == state
    email = Email.objects.get(kind=f"exception_{state}")
    assert email.to == application.applicant.email
    assert WHY in email_body(email).text
    assert lead.full_name in email_body(email).text


def test_decision_needs_a_reason(application: Application, lead: User) -> None:
    exception = asked(application)
    with refused("reason-missing"):
        decide(exception, lead, grant=True, reason="  ")


def test_every_exception_action_state_and_role() -> None:
    hub = MathsHubFactory()
    application = ApplicationFactory(hub=hub)
    people = {
        "applicant": application.applicant,
        "lead": UserFactory(hub_lead=hub),
        "reviewer": UserFactory(hub_reviewer=hub),
        "administrator": UserFactory(hub_administrator=hub),
        "lead of another hub": UserFactory(hub_lead=True),
        "NCETM": UserFactory(ncetm=True),
    }
    actors = {ExceptionAction.GRANT: "lead", ExceptionAction.REFUSE: "lead", ExceptionAction.CANCEL: "applicant"}
    for state in ExceptionState:
        EligibilityException.objects.all().delete()
        exception = EligibilityExceptionFactory(application=application, state=state)
        for action, (sources, _) in EXCEPTION_TRANSITIONS.items():
            can = {who for who, person in people.items() if action in EXCEPTION.available(exception, person)}
            assert can == ({actors[action]} if state in sources else set()), (state, action)
            for who in people.keys() - {actors[action]}:
                with pytest.raises(DomainError, check=lambda error: error.code in ("stale", "not-allowed")):
                    EXCEPTION.move(exception, action, by=people[who])


def test_lead_who_is_the_applicant_does_not_decide(application: Application) -> None:
    exception = asked(application)
    Membership.objects.create(user=application.applicant, role="hub_lead", hub=application.hub)
    application.applicant.forget_memberships()
    with refused("not-allowed"):
        decide(exception, application.applicant, grant=True)


def test_of_two_leads_the_second_is_told(application: Application, lead: User) -> None:
    exception = asked(application)
    decide(exception, lead, grant=True)
    with refused("stale"):
        decide(exception, UserFactory(hub_lead=application.hub), grant=False)
    assert fresh(application).eligibility == Eligibility.GRANTED


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_the_same_moment_decide_once(application: Application, lead: User) -> None:
    exception, other = asked(application), UserFactory(hub_lead=application.hub)

    def late() -> str:
        try:
            decide(exception, other, grant=False)
        except DomainError as error:
            return error.code
        return "decided"

    assert overtaken(late, by=partial(decide, exception, lead, grant=True)) == "stale"
    assert fresh(application).eligibility == Eligibility.GRANTED


def test_exception_of_an_application_that_is_over_is_not_decided(application: Application, lead: User) -> None:
    exception = asked(application)
    application_withdraw(application=fresh(application), by=application.applicant, why=WithdrawalReason.PERSONAL)
    assert fresh(application).state in ENDED
    with refused("barred"):
        decide(exception, lead, grant=True)
    assert list(EligibilityException.objects.to_decide()) == []


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

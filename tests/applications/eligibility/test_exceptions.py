"""Exceptions: asked, granted, refused, taken back; in time while they wait."""

from functools import partial

import pytest

from applications.enums import ENDED, Eligibility, ExceptionAction, ExceptionState, WithdrawalReason
from applications.models import Application, EligibilityException
from applications.services.engines import EXCEPTION
from applications.services.school_choice import application_save_school
from applications.services.withdrawal import application_withdraw
from applications.workflow import EXCEPTION_TRANSITIONS
from mastery_hub.accounts.models import Membership, User
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_body
from tests.applications.eligibility.steps import REASON, WHY, answer, ask, asked, decide, fresh, refused
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, EligibilityExceptionFactory, EligibilityQuestionFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory
from tests.threads import overtaken

pytestmark = pytest.mark.django_db


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

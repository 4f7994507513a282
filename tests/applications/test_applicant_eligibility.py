"""The section "Eligibility": answered, changed, failed without losing the draft; and the exception asked for."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.applicant_presenters.sections import Stage
from applications.enums import Eligibility, Section, State, SupportState
from applications.models import Application
from applications.services.eligibility import eligibility_save, exception_ask, exception_decide
from mastery_hub.accounts.models import User
from tests.applications.applicants import LATER, signed_in, stages, url
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    EligibilityExceptionFactory,
    EligibilityQuestionFactory,
    HeadteacherSupportFactory,
    HubRuleFactory,
)
from tests.factories.directory import SchoolFactory

pytestmark = pytest.mark.django_db
REASON = "From September I teach three days a week"


@pytest.fixture
def application(client: Client) -> Application:
    application = signed_in(client, ready=True)
    EligibilityQuestionFactory(terms=application.terms, key="qts", text="Do you have QTS?")
    EligibilityQuestionFactory(terms=application.terms, key="days", text="How many days?", least=3, not_met="Wait.")
    return application


@pytest.fixture
def failing(application: Application) -> Application:
    eligibility_save(application=application, by=application.applicant, answers={"qts": "yes", "days": 2})
    return Application.objects.get(pk=application.pk)


def lead(application: Application) -> User:
    return UserFactory(hub_lead=application.hub)


def standing(application: Application) -> str:
    return Application.objects.get(pk=application.pk).eligibility


def test_round_that_asks_nothing_has_no_such_section(client: Client) -> None:
    application = signed_in(client, ready=True)
    assert Section.ELIGIBILITY not in stages(application)
    assertNotContains(client.get(url(application)), "Eligibility")
    assertNotContains(client.get(url(application, "check")), "Eligibility")
    assertRedirects(client.get(url(application, "eligibility")), url(application))


def test_answers_are_saved_and_shown(client: Client, application: Application) -> None:
    assert stages(application)[Section.ELIGIBILITY] is Stage.NOT_STARTED
    path = url(application, "eligibility")

    assertRedirects(client.post(path, {"rule-qts": "yes", "rule-days": "4"}), path)

    assert (stages(application)[Section.ELIGIBILITY], standing(application)) == (Stage.COMPLETED, Eligibility.MET)
    assertContains(client.get(path), "You meet every rule.")
    assertContains(client.get(f"{path}?change=1"), 'value="4"')
    assertContains(client.get(url(application, "check")), "How many days?")


def test_unfinished_answers_are_kept_for_later(client: Client, application: Application) -> None:
    path = url(application, "eligibility")
    assertContains(client.post(path, {"rule-days": "2"}), "Select an answer to “Do you have QTS?”")
    assertRedirects(client.post(path, {"rule-days": "2"} | LATER), url(application))
    assert standing(application) == Eligibility.NOT_MET
    assertContains(client.get(path), 'value="2"')


def test_failed_rule_says_what_to_do_and_blocks_no_draft(client: Client, failing: Application) -> None:
    page = client.get(url(failing, "eligibility"))
    assertContains(page, "Wait.")
    assertContains(page, url(failing, "exception"))
    assert stages(failing)[Section.ELIGIBILITY] is Stage.PROBLEM
    assert client.get(url(failing, "answer", number=1)).status_code == 200
    assertContains(client.get(url(failing)), f"Ask {failing.hub} for an exception: Wait.")


def test_hubs_own_rule_is_labelled_as_its_own(client: Client, application: Application) -> None:
    HubRuleFactory(round=application.round, hub=application.hub, key="own", text="How many terms?", least=2)
    path = url(application, "eligibility")
    assertContains(client.get(path), f"Asked by {application.hub}")
    client.post(path, {"rule-qts": "yes", "rule-days": "4", "rule-own": "1"})
    assertContains(client.get(path), f"This is {application.hub}’s own rule.")


def test_exception_is_asked_for_on_a_page_of_its_own(client: Client, failing: Application) -> None:
    path = url(failing, "exception")
    assertContains(client.get(path), "How many days?")

    answer = client.post(path, {"reason": REASON})

    assertRedirects(answer, url(failing, "eligibility"), fetch_redirect_response=False)
    page = client.get(url(failing, "eligibility"))
    assertContains(page, "It has not decided yet")
    assertNotContains(page, url(failing, "exception"))
    assert (stages(failing)[Section.ELIGIBILITY], standing(failing)) == (Stage.IN_PROGRESS, Eligibility.ASKED)
    assertContains(client.get(url(failing)), "You can submit while you wait")
    assertRedirects(client.get(path), url(failing, "eligibility"))


@pytest.mark.parametrize("reason", ["", " \n ", "\0", "x" * 2001])
def test_exception_without_a_usable_reason_is_not_asked(client: Client, failing: Application, reason: str) -> None:
    page = client.post(url(failing, "exception"), {"reason": reason})
    assertContains(page, "There is a problem")
    assert page.context["form"]["reason"].value() == reason
    assert not failing.exceptions.exists()


def test_second_click_says_that_it_was_asked(client: Client, failing: Application) -> None:
    exception_ask(application=failing, by=failing.applicant, reason=REASON)
    page = client.post(url(failing, "exception"), {"reason": "Once more"})
    assertContains(page, "You have already asked")
    assertContains(page, "Once more")


def test_exception_page_is_for_who_needs_one(client: Client, application: Application) -> None:
    assertRedirects(client.get(url(application, "exception")), url(application, "eligibility"))


@pytest.mark.parametrize("page", ["eligibility", "exception"])
def test_pages_are_the_applicants_alone(client: Client, failing: Application, page: str) -> None:
    client.force_login(lead(failing))
    assert client.get(url(failing, page)).status_code == 404


@pytest.mark.parametrize(("grant", "said"), [(True, "made the exception"), (False, "did not make the exception")])
def test_applicant_reads_the_decision_and_its_reason(
    client: Client, failing: Application, grant: bool, said: str
) -> None:
    exception = exception_ask(application=failing, by=failing.applicant, reason=REASON)
    exception_decide(exception=exception, by=lead(failing), grant=grant, reason="As we agreed")
    page = client.get(url(failing, "eligibility"))
    assertContains(page, said)
    assertContains(page, "As we agreed")
    assert stages(failing)[Section.ELIGIBILITY] is (Stage.COMPLETED if grant else Stage.PROBLEM)


def test_school_page_leads_to_the_exception(client: Client, application: Application) -> None:
    independent = SchoolFactory(independent=True, name="Oak")
    Application.objects.filter(pk=application.pk).update(school=independent)
    page = client.get(url(application, "school"))
    assertContains(page, "Oak is not state-funded")
    assertContains(page, url(application, "eligibility"))


@pytest.mark.parametrize("state", [State.SUBMITTED, State.COMPLETE])
def test_submitted_application_says_that_it_waits_for_the_exception(client: Client, state: str) -> None:
    application = signed_in(client, state=state)
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    EligibilityExceptionFactory(application=application, reason=REASON)
    for page in ("page", "submitted"):
        assertContains(client.get(url(application, page)), "Your application waits for the hub’s exception")
    assertContains(client.get(url(application, "check")), "How many days?")


def test_once_an_outcome_is_told_the_exception_is_not(client: Client) -> None:
    application = signed_in(client, state=State.COMPLETE)
    EligibilityExceptionFactory(application=application, state="refused")
    Application.objects.filter(pk=application.pk).update(state=State.UNSUCCESSFUL, shown_state=State.UNSUCCESSFUL)
    assertNotContains(client.get(url(application)), "exception that you asked for")


@pytest.mark.parametrize("page", ["page", "eligibility", "check"])
def test_many_questions_cost_no_more_queries(client: Client, failing: Application, page: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as taken:
            client.get(url(failing, page))
        return len(taken)

    queries()
    before = queries()
    answers: dict[str, Any] = {}
    for number in range(20):
        EligibilityQuestionFactory(terms=failing.terms, key=f"k{number}", least=3)
        answers[f"k{number}"] = number
    eligibility_save(application=failing, by=failing.applicant, answers=answers)

    assert (queries(), before <= 20) == (before, True)


def test_other_peoples_answers_show_nowhere(client: Client, application: Application) -> None:
    other = ApplicationFactory(round=application.round, ready=True)
    eligibility_save(application=other, by=other.applicant, answers={"days": 7_654_321})
    assertNotContains(client.get(url(application, "eligibility")), "7654321")

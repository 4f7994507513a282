"""The pages of eligibility on a phone: accessible, and no wider than the phone."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application, EligibilityException, Round
from applications.services.eligibility import eligibility_save
from mastery_hub.accounts.models import User
from mastery_hub.directory.models import MathsHub
from tests.applications.applicants import url
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    EligibilityExceptionEventFactory,
    EligibilityExceptionFactory,
    EligibilityQuestionFactory,
    HubRuleFactory,
    RoundFactory,
)
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]
Look = Callable[..., None]


@pytest.fixture
def round() -> Round:
    round = RoundFactory(complete=True)
    told = {"terms": round.current_terms}
    EligibilityQuestionFactory(**told, key="qts")
    EligibilityQuestionFactory(**told, key="days", text="How many days a week do you teach?", least=3)
    EligibilityQuestionFactory(**told, key="by", options=["A school", "An agency"], accepted=["A school"])
    return round


def test_pages_of_the_check(round: Round, client: Client, sign_in: Callable[[User], None], look: Look) -> None:
    SchoolFactory(name="Larkfield Primary School")
    check = reverse("eligibility_check", args=[round.code])
    look(check, press="Check")
    look(reverse("eligibility_check_school", args=[round.code]))
    client.post(check, {"rule-qts": "no", "rule-days": "2", "rule-by": "A school"})
    sign_in(UserFactory())  # with the answers in the session
    look(reverse("eligibility_check_result", args=[round.code]))


def test_pages_of_the_section_and_of_the_hub(round: Round, sign_in: Callable[[User], None], look: Look) -> None:
    hub, neighbour = MathsHubFactory(), MathsHubFactory(name="Next Door")
    hub.neighbours.add(neighbour)
    HubPlacesFactory(cohort=round.cohort, hub=neighbour)
    HubRuleFactory(round=round, hub=hub, key="own", least=2)
    application = ApplicationFactory(round=round, hub=hub, ready=True)
    sign_in(application.applicant)
    look(url(application, "hub"), press="Save and continue")
    look(url(application, "eligibility"), press="Save and continue")
    answers = {"qts": "no", "days": 2, "by": "A school", "own": 1}
    eligibility_save(application=application, by=application.applicant, answers=answers)
    look(url(application, "eligibility"))
    look(url(application, "exception"), press="Ask for the exception")
    exception = asked(application)
    look(url(application, "eligibility"))
    look(url(application))

    sign_in(lead(hub))
    look(reverse("hub_exception_list", args=[hub.slug]))
    look(reverse("hub_exception", args=[hub.slug, exception.pk]), press="Confirm your decision")
    look(reverse("hub_rules", args=[hub.slug]))
    look(reverse("hub_rule_add", args=[hub.slug, round.code]), press="Save")
    look(reverse("hub_rule_edit", args=[hub.slug, round.code, "own"]))
    look(reverse("hub_rule_end", args=[hub.slug, round.code, "own"]))


def lead(hub: MathsHub) -> User:
    return UserFactory(hub_lead=hub)


def asked(application: Application) -> EligibilityException:
    application = Application.objects.get(pk=application.pk)
    outcome = application.eligibility_outcomes.first()
    exception = EligibilityExceptionFactory(application=application, outcome=outcome)
    EligibilityExceptionEventFactory(exception=exception)
    return exception

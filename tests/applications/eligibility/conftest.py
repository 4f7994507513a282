"""An application that does not meet a rule, and a lead of its hub."""

import pytest

from applications.models import Application
from mastery_hub.accounts.models import User
from tests.applications.eligibility.steps import fresh
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, EligibilityQuestionFactory


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

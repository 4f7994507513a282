from datetime import timedelta

import pytest

from applications.enums import State
from applications.models import Application, Assessment
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    HeadteacherSupportFactory,
)
from tests.factories.assessments import AssessmentFactory
from tests.factories.directory import MathsHubFactory


@pytest.fixture
def hub() -> MathsHub:
    return MathsHubFactory()


@pytest.fixture
def lead(hub) -> User:
    return UserFactory(hub_lead=hub)


@pytest.fixture
def people(hub) -> tuple[User, User]:
    return UserFactory(hub_reviewer=hub), UserFactory(hub_administrator=hub)


@pytest.fixture
def application(hub) -> Application:
    application = ApplicationFactory(state=State.COMPLETE, hub=hub, round__complete=True)
    HeadteacherSupportFactory(application=application, state="signed", email="head@school.example")
    return application


@pytest.fixture
def begun(application, people) -> Assessment:
    starts = clock.now() - timedelta(hours=2)
    return AssessmentFactory(application=application, first=people[0], second=people[1], starts_at=starts)

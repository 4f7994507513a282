"""An application from a typed-in school, a lead of its hub, and the school of the register that it is."""

import pytest

from applications.enums import State, SupportState
from applications.models import Application
from mastery_hub.accounts.models import User
from mastery_hub.directory.models import School
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory
from tests.factories.directory import SchoolFactory


@pytest.fixture
def application() -> Application:
    """With both signatures."""
    application = ApplicationFactory(
        unlisted=True, state=State.COMPLETE, typed_school__school__name="Larkfield Academy"
    )
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    return application


@pytest.fixture
def lead(application: Application) -> User:
    return UserFactory(hub_lead=application.hub)


@pytest.fixture
def listed(application: Application) -> School:
    return SchoolFactory(name="Larkfield Primary Academy", in_hub=application.hub)

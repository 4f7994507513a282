"""Two hubs with their leads, somebody with a place at the one, and a school of the other."""

import pytest

from applications.models import Application
from mastery_hub.accounts.models import User
from mastery_hub.directory.models import MathsHub, School
from tests.applications.test_withdrawal import accepted
from tests.factories.accounts import UserFactory
from tests.factories.directory import SchoolFactory


@pytest.fixture
def lead() -> User:
    return UserFactory(hub_lead=True)


@pytest.fixture
def hub(lead: User) -> MathsHub:
    return lead.current_memberships[0].hub


@pytest.fixture
def new_lead() -> User:
    return UserFactory(hub_lead=True)


@pytest.fixture
def new_hub(new_lead: User) -> MathsHub:
    return new_lead.current_memberships[0].hub


@pytest.fixture
def application(hub: MathsHub) -> Application:
    return accepted(hub=hub)


@pytest.fixture
def school(new_hub: MathsHub) -> School:
    return SchoolFactory(in_hub=new_hub)

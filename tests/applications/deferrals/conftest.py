"""A lead, their hub, and somebody who has accepted a place there."""

import pytest

from applications.models import Application
from mastery_hub.accounts.models import User
from mastery_hub.directory.models import MathsHub
from tests.applications.test_withdrawal import accepted
from tests.factories.accounts import UserFactory


@pytest.fixture
def lead() -> User:
    return UserFactory(hub_lead=True)


@pytest.fixture
def hub(lead: User) -> MathsHub:
    return lead.current_memberships[0].hub


@pytest.fixture
def application(hub: MathsHub) -> Application:
    return accepted(hub=hub)

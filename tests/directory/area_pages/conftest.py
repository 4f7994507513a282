"""A hub, an authority of its area, and NCETM."""

import pytest
from django.test import Client

from mastery_hub.directory.models import LocalAuthority, MathsHub
from tests.factories.accounts import UserFactory
from tests.factories.directory import LocalAuthorityFactory, MathsHubFactory


@pytest.fixture
def hub() -> MathsHub:
    return MathsHubFactory(name="Great Sums")


@pytest.fixture
def authority() -> LocalAuthority:
    return LocalAuthorityFactory(name="Fictionshire")


@pytest.fixture
def ncetm(client: Client) -> Client:
    client.force_login(UserFactory(ncetm=True))
    return client

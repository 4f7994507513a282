"""NCETM, and a round whose terms it changes."""

import pytest

from applications.models import Round
from mastery_hub.accounts.models import User
from tests.factories.accounts import UserFactory
from tests.factories.applications import RoundFactory


@pytest.fixture
def ncetm() -> User:
    return UserFactory(ncetm=True)


@pytest.fixture
def round() -> Round:
    return RoundFactory(complete=True)

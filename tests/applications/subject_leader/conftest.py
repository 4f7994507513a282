"""A draft in a round that asks for the subject leader's support."""

import pytest

from applications.models import Application
from tests.factories.applications import ApplicationFactory


@pytest.fixture
def draft() -> Application:
    return ApplicationFactory(round__asks_subject_leader=True)

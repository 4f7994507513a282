"""NCETM, in the November before a round."""

from datetime import datetime

import pytest
from django.test import Client

from applications.models import Round
from mastery_hub.common.clock import LONDON
from tests.applications.round_pages.steps import CLOSES, OPENS
from tests.factories.accounts import UserFactory
from tests.factories.applications import RoundFactory


@pytest.fixture(autouse=True)
def in_november(time_machine) -> None:
    time_machine.move_to(datetime(2026, 11, 20, 10, tzinfo=LONDON), tick=False)


@pytest.fixture
def ncetm(client: Client) -> Client:
    client.force_login(UserFactory(ncetm=True, first_name="Victoria", last_name="Stanhope"))
    return client


@pytest.fixture
def round() -> Round:
    return RoundFactory(complete=True, opens_at=OPENS, closes_at=CLOSES, published_at=None, code="NCP27-01")

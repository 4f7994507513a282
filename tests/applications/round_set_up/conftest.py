"""NCETM in November, and a round that it sets up."""

from datetime import datetime

import pytest

from applications.models import Round
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.clock import LONDON
from tests.applications.round_set_up.steps import DAY, GOOD
from tests.factories.accounts import UserFactory
from tests.factories.applications import RoundFactory


@pytest.fixture(autouse=True)
def in_november(time_machine) -> None:
    time_machine.move_to(datetime(2026, 11, 20, 10, tzinfo=LONDON), tick=False)


@pytest.fixture
def ncetm() -> User:
    return UserFactory(ncetm=True)


@pytest.fixture
def round() -> Round:
    """Published, not open yet."""
    values = {name: getattr(GOOD, name) for name in GOOD.__dataclass_fields__}
    return RoundFactory(complete=True, published_at=clock.now() - DAY, **values)

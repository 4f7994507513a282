"""A round that is open, and its days."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from applications.models import Round
from tests.applications.subscriptions.steps import CLOSES, OPENS
from tests.factories.applications import RoundFactory


@pytest.fixture
def at(time_machine: Any) -> Callable[[datetime], None]:
    return lambda moment: time_machine.move_to(moment, tick=False)


@pytest.fixture
def round(at: Callable[[datetime], None]) -> Round:
    at(OPENS)
    return RoundFactory(opens_at=OPENS, closes_at=CLOSES)

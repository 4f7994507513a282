from collections.abc import Callable

import pytest
from django.core.cache import cache

from mastery_hub.messaging.models import Email
from mastery_hub.messaging.sealing import unseal


@pytest.fixture(autouse=True)
def no_limits_left_over(db) -> None:
    """Rate limits live in the cache, which is a table: each test begins without any."""
    cache.clear()


@pytest.fixture
def secret() -> Callable[[str], str]:
    """The code or link of the newest email to an address."""

    def newest(to: str) -> str:
        [value] = unseal(Email.objects.filter(to=to).first().secrets).values()
        return value

    return newest

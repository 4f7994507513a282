"""What the tests of nominations share."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from applications.models import Nomination
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email

INSTANT = timedelta(microseconds=1)


def told(kind: str) -> list[str]:
    return list(Email.objects.filter(kind=kind).order_by("pk").values_list("to", flat=True))


def refused(call: Callable[[], object], code: str) -> None:
    before = (Nomination.objects.count(), Email.objects.count(), list(Nomination.objects.values_list("state", "email")))
    with pytest.raises(DomainError) as error:
        call()
    assert error.value.code == code
    assert before == (
        Nomination.objects.count(),
        Email.objects.count(),
        list(Nomination.objects.values_list("state", "email")),
    )

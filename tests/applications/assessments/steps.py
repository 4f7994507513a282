"""What the tests of observations and interviews share."""

from datetime import timedelta
from typing import Any

import pytest

from applications.models import Assessment, AssessmentEvent
from applications.services.assessments import (
    Booking,
)
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email


def booking(people: tuple[User, User], hours: float = 24, **told: Any) -> Booking:
    starts = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours)
    whole = {"starts_at": starts, "ends_at": starts + timedelta(hours=1), "place": "Year 4", **told}
    return Booking(**{"first": people[0], "second": people[1], **whole})


def refusal(call) -> str:
    before = (Assessment.objects.count(), AssessmentEvent.objects.count(), Email.objects.count())
    with pytest.raises(DomainError) as refused:
        call()
    assert (Assessment.objects.count(), AssessmentEvent.objects.count(), Email.objects.count()) == before
    return refused.value.code


def told() -> list[tuple[str, str]]:
    return sorted(Email.objects.values_list("kind", "to"))

"""Steps that the tests of a subject leader's part share."""

from typing import Any

import pytest

from applications.models import Application, SubjectLeaderSupport
from applications.services.leaders import leader_request
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email

OWEN = {"first_name": "Owen", "last_name": "Fairbank", "email": "owen@school.example", "role": "Head of maths"}


def ask(application: Application, **changed: Any) -> SubjectLeaderSupport:
    by = changed.pop("by", application.applicant)
    return leader_request(application=application, by=by, at=changed.pop("at", clock.now()), **(OWEN | changed))


def refused(call: Any, code: str) -> None:
    before = (SubjectLeaderSupport.objects.count(), Email.objects.count())
    with pytest.raises(DomainError) as error:
        call()
    assert (error.value.code, (SubjectLeaderSupport.objects.count(), Email.objects.count())) == (code, before)


def sent(kind: str) -> list[str]:
    return list(Email.objects.filter(kind=kind).order_by("pk").values_list("to", flat=True))

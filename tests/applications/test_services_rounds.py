"""A round that closes: what becomes of drafts and of applications nobody supported."""

from datetime import timedelta

import pytest

from applications.enums import State
from applications.services.rounds import rounds_close
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.messaging.models import Email
from tests.factories.applications import ApplicationFactory, RoundFactory

pytestmark = pytest.mark.django_db
MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(("wait", "state"), [(GRACE - MICROSECOND, State.DRAFT), (GRACE, State.EXPIRED)])
def test_draft_expires_after_the_grace(wait, state, time_machine) -> None:
    application = ApplicationFactory()
    time_machine.move_to(application.round.closes_at + wait, tick=False)

    assert rounds_close() == ((1, 0) if state == State.EXPIRED else (0, 0))

    application.refresh_from_db()
    assert application.state == state
    told = [("application_expired", application.applicant.email)] if state == State.EXPIRED else []
    assert list(Email.objects.values_list("kind", "to")) == told
    assert rounds_close() == (0, 0)


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=7)])
def test_unsupported_application_ends_when_support_closes(later, time_machine) -> None:
    closes_at = clock.now() + timedelta(days=3)
    round = RoundFactory(complete=True, closes_at=closes_at, support_closes_at=closes_at + later if later else None)
    waiting = ApplicationFactory(round=round, state=State.SUBMITTED)
    complete = ApplicationFactory(round=round, state=State.COMPLETE)

    time_machine.move_to(closes_at + later + GRACE - MICROSECOND, tick=False)
    assert rounds_close() == (0, 0)
    time_machine.move_to(closes_at + later + GRACE, tick=False)
    assert rounds_close() == (0, 1)

    waiting.refresh_from_db()
    complete.refresh_from_db()
    assert (waiting.state, complete.state) == (State.INCOMPLETE, State.COMPLETE)
    assert waiting.events.last().by.is_system
    assert list(Email.objects.values_list("kind", "to")) == [("application_incomplete", waiting.applicant.email)]

"""What beat calls; the rules are tests.applications.test_services_rounds and _selection's."""

from datetime import timedelta

import pytest

from applications.enums import State
from applications.tasks import offers_lapse, rounds_close
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from tests.factories.applications import ApplicationFactory

pytestmark = pytest.mark.django_db


def test_round_that_is_over_closes_on_a_draft(time_machine) -> None:
    draft = ApplicationFactory()
    time_machine.move_to(draft.round.closes_at + GRACE)

    rounds_close()

    draft.refresh_from_db()
    assert draft.state == State.EXPIRED


def test_offer_that_nobody_answered_lapses(time_machine) -> None:
    offered = ApplicationFactory(state=State.OFFERED)
    time_machine.move_to(clock.now() + timedelta(days=15))

    offers_lapse()

    offered.refresh_from_db()
    assert offered.state == State.LAPSED

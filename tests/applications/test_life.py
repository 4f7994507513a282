"""The whole life cycle, played by everybody in any order: no state that cannot be, no text lost, nobody late wrongly.

Each rule says what must come of its action: done, or refused for a reason that holds.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from applications.enums import (
    HOLDING_A_PLACE,
    Action,
    Eligibility,
    Outcome,
)
from applications.services.engines import APPLICATION, application_move
from applications.workflow import TRANSITIONS
from mastery_hub.accounts.models import User
from tests.applications.life.applicants import Applicants
from tests.applications.life.headteachers import Headteachers
from tests.applications.life.hubs import Hubs
from tests.applications.life.nation import MICROSECOND, Nation
from tests.applications.life.parts import LAG, PLACE, TEACHER
from tests.applications.life.play import LAST
from tests.applications.life.truths import all_hold
from tests.counts import count

NOW = timedelta(0)
DEPTHS = st.sampled_from(["nothing", "ready", "submitted", "complete", "reserved", "offered"])


class Life(Applicants, Headteachers, Hubs, Nation):
    @invariant()
    def everything_holds(self) -> None:
        all_hold(self.play)

    @initialize(depths=st.tuples(DEPTHS, DEPTHS))
    def begun(self, depths: tuple[str, str]) -> None:
        for teacher, depth in enumerate(depths):
            if depth != "nothing":
                self.fill(teacher)
            if depth not in ("nothing", "ready"):
                self.submit(teacher, NOW, right=True)
            if depth not in ("nothing", "ready", "submitted"):
                self.supported(teacher)
            if depth == "reserved":
                self.propose(teacher, Outcome.RESERVE, 0, right=True)
                self.release(teacher, 0, right=True)
            if depth == "offered":
                self.propose(teacher, Outcome.OFFER, 0, right=True)
                self.release(teacher, 1, right=True)

    @rule(moves=st.lists(st.tuples(TEACHER, st.integers(0, 11)), min_size=1, max_size=5))
    def onward(self, moves: list[tuple[int, int]]) -> None:
        """Steps that the table has from where each stands, so that every part of a life is reached."""
        for teacher, number in moves:
            application = self.play.newest(teacher)
            state = application.state if application else ""
            open_ones = [action for action in DRIVERS if state in TRANSITIONS[action][0]]
            if open_ones:
                DRIVERS[open_ones[number % len(open_ones)]](self, teacher)
            else:
                self.fill(teacher)
            all_hold(self.play)

    @rule(teacher=TEACHER, off=st.sampled_from([-MICROSECOND, NOW, MICROSECOND]), queued=LAG, jobs=st.booleans())
    def submit_at_the_edge(self, teacher: int, off: timedelta, queued: timedelta, jobs: bool) -> None:
        self.fill(teacher)
        if application := self.play.newest(teacher):
            self.play.travel(self.play.closes_for(application) + off + queued)
            if jobs:
                self.jobs()
            self.submit(teacher, queued, right=True)

    @rule(teacher=TEACHER, off=st.sampled_from([-MICROSECOND, NOW, MICROSECOND]), queued=LAG, jobs=st.booleans())
    def sign_at_the_edge(self, teacher: int, off: timedelta, queued: timedelta, jobs: bool) -> None:
        self.fill(teacher)
        self.open(teacher, right=True)
        self.submit(teacher, NOW, right=True)
        if application := self.play.newest(teacher):
            self.play.travel(self.play.support_closes_for(application) + off + queued)
            if jobs:
                self.jobs()
            self.sign(teacher, queued, right=True)

    @rule(teacher=TEACHER, action=st.sampled_from(sorted(TRANSITIONS)), number=PLACE)
    def try_out(self, teacher: int, action: str, number: int) -> None:
        """Only who may, and only from where the table lets: what the buttons offer is what the engine does."""
        play, application = self.play, self.play.newest(teacher)
        if application is None:
            return
        people = [*play.leads, *play.strangers, *play.teachers, play.ncetm, play.reviewer, User.objects.system()]
        by = people[(number * 3 + teacher) % len(people)]
        offered = action in APPLICATION.available(application, by)
        if not offered:
            assert play.refusal(application_move, application=application, action=action, by=by)
        assert not offered or application.state in TRANSITIONS[action][0]
        holds = application.state in HOLDING_A_PLACE and application.eligibility == Eligibility.NOT_MET
        assert not holds
        assert play.now < LAST


def proposes(outcome: Outcome) -> Callable[[Life, int], None]:
    return lambda life, teacher: life.propose(teacher, outcome, 0, right=True)


def releases(life: Life, teacher: int) -> None:
    life.release(teacher, 0, right=True)


def time_passes(life: Life, teacher: int) -> None:
    """Until just after whatever ends next, and the jobs run."""
    life.wait_for_a_moment(0, MICROSECOND)
    life.wait_for_a_moment(0, NOW)
    life.jobs()


DRIVERS: dict[str, Callable[[Life, int], None]] = {
    Action.SUBMIT: lambda life, teacher: (life.fill(teacher), life.submit(teacher, NOW, right=True))[0],
    Action.COMPLETE: lambda life, teacher: life.supported(teacher),
    Action.PROPOSE_OFFER: proposes(Outcome.OFFER),
    Action.PROPOSE_RESERVE: proposes(Outcome.RESERVE),
    Action.PROPOSE_UNSUCCESSFUL: proposes(Outcome.UNSUCCESSFUL),
    Action.RETRACT: lambda life, teacher: life.take_back(teacher, 0, right=True),
    Action.RELEASE_OFFER: releases,
    Action.RELEASE_RESERVE: releases,
    Action.RELEASE_UNSUCCESSFUL: releases,
    Action.ACCEPT: lambda life, teacher: life.answer_offer(teacher, NOW, accepts=True, right=True),
    Action.DECLINE: lambda life, teacher: life.answer_offer(teacher, NOW, accepts=False, right=True),
    Action.LAPSE: time_passes,
    Action.WITHDRAW: lambda life, teacher: life.withdraw(teacher, right=True),
    Action.EXPIRE: time_passes,
    Action.MARK_INCOMPLETE: time_passes,
    Action.REOPEN: lambda life, teacher: life.give_time(teacher, 9, "both"),
    Action.AWAIT_AGAIN: lambda life, teacher: life.give_time(teacher, 9, "support"),
    Action.DELETE: lambda life, teacher: life.delete(teacher, right=True),
}


@pytest.fixture
def emptied(db: None) -> Iterator[None]:
    """A play ends by undoing all that it did."""
    before = User.objects.count()
    yield
    assert User.objects.count() == before


@pytest.mark.soak
def test_no_order_of_actions_by_anybody_breaks_what_must_hold(emptied: None) -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=count(8, 400),
            stateful_step_count=count(30, 60),
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

"""Work beside the requests: one thread, only while something is left, and never dead of an error."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from mastery_hub.messaging.errands import Errand

PAUSE = 0.05


class Steps:
    """Answers with what it is given, and remembers when it was asked and by which thread."""

    def __init__(self, *answers: bool | Exception) -> None:
        self.answers, self.threads = list(answers), []

    def __call__(self) -> bool:
        self.threads.append(threading.current_thread())
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def errand_of() -> Iterator[Callable[..., tuple[Errand, Steps]]]:
    made = []

    def make(*answers: bool | Exception, lifetime: float = 60) -> tuple[Errand, Steps]:
        steps = Steps(*answers)
        made.append(Errand(steps, PAUSE, lifetime))
        return made[-1], steps

    yield make
    for errand in made:
        errand.end()


def wait(errand: Errand) -> None:
    patience = time.monotonic() + 10
    while errand.thread and time.monotonic() < patience:
        time.sleep(0.01)
    assert errand.thread is None


def test_errand_is_repeated_in_one_thread_of_its_own_while_something_is_left(errand_of) -> None:
    errand, steps = errand_of(True, True, False)

    errand.begin()
    errand.begin()
    wait(errand)

    assert (len(steps.threads), len(set(steps.threads))) == (3, 1)
    assert steps.threads[0] != threading.current_thread()


def test_errand_gives_others_the_time_to_do_it(errand_of) -> None:
    errand, steps = errand_of(False)

    errand.begin()

    assert steps.threads == []
    wait(errand)
    assert len(steps.threads) == 1


def test_errand_asked_for_again_begins_again(errand_of) -> None:
    errand, steps = errand_of(False, False)

    for _ in range(2):
        errand.begin()
        wait(errand)

    assert len(steps.threads) == 2


def test_errand_asked_for_during_a_step_waits_for_that_ones_time_too(errand_of) -> None:
    errand, steps = errand_of(False, False)
    errand.step = lambda: (len(steps.threads) == 0 and errand.begin()) or steps()

    errand.begin()
    wait(errand)

    assert len(steps.threads) == 2


def test_errand_survives_an_error(errand_of) -> None:
    errand, steps = errand_of(OSError("no database"), False)

    errand.begin()
    wait(errand)

    assert len(steps.threads) == 2


def test_errand_that_never_succeeds_is_given_up(errand_of) -> None:
    errand, steps = errand_of(*[True] * 100, lifetime=4 * PAUSE)

    errand.begin()
    wait(errand)

    assert 2 <= len(steps.threads) <= 6


def test_errand_ends_with_its_process(errand_of) -> None:
    errand, steps = errand_of(*[True] * 100)
    errand.begin()
    thread = errand.thread

    errand.end()

    assert not thread.is_alive()
    assert len(steps.threads) < 100

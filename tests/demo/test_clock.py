from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from mastery_hub.common import clock as the_clock
from mastery_hub.demo import clock

REAL = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("movable")


@pytest.fixture(autouse=True)
def _real_time():
    with time_machine.travel(REAL, tick=False):
        yield


def test_now_untouched_is_real_time():
    assert the_clock.now() == REAL


def test_move_adds_up_and_moves_every_rule():
    clock.move(timedelta(days=1))
    clock.move(timedelta(hours=-2))

    assert the_clock.now() == REAL + timedelta(hours=22)
    assert clock.offset() == timedelta(hours=22)


def test_moved_clock_goes_on():
    later = timedelta(minutes=3)
    clock.move_to(REAL + timedelta(days=7))

    with time_machine.travel(REAL + later, tick=False):
        assert the_clock.now() == REAL + timedelta(days=7) + later


def test_offset_written_by_another_process_is_seen(settings):
    clock.move(timedelta(hours=1))
    assert clock.offset() == timedelta(hours=1)

    file = settings.PLACE.home / "clock"
    file.write_text("-90")

    assert clock.offset() == timedelta(seconds=-90)


def test_back_returns_to_real_time_and_may_be_pressed_twice():
    clock.move(timedelta(weeks=3))

    clock.back()
    clock.back()

    assert the_clock.now() == REAL


def test_told_moment_holds_inside_alone_and_may_be_nested():
    first, second = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 2, tzinfo=UTC)

    with clock.told(first):
        with clock.told(second):
            assert the_clock.now() == second
        assert the_clock.now() == first
    assert the_clock.now() == REAL


def test_rules_tells_whether_the_site_goes_by_this_clock(settings):
    assert clock.rules() is True
    settings.CLOCK = "django.utils.timezone.now"
    assert clock.rules() is False

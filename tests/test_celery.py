"""What a container's health check looks at: a file that only a worker and a beat that do their work keep fresh."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from mastery_hub.demo.management.commands.demo import PROCESSES
from mastery_hub.embedded import Keeper, Place

Start = Callable[[str, dict[str, str]], Keeper]


@pytest.fixture
def pulse(tmp_path: Path) -> Path:
    return tmp_path / "pulse"


@pytest.fixture
def start(tmp_path: Path, pulse: Path) -> Iterator[Start]:
    """What beat orders stays in the queue of this run: a test that starts a worker empties it first."""
    keeper = Keeper(Place(tmp_path / "processes"))

    def start(name: str, environment: dict[str, str]) -> Keeper:
        argv = [sys.executable, "-m", *PROCESSES[name].split(), "--loglevel=INFO"]
        keeper.start(name, argv, cwd=settings.BASE_DIR, env=os.environ | {"PULSE_FILE": str(pulse)} | environment)
        return keeper

    yield start
    keeper.stop()


def test_worker_shows_its_pulse_again_and_again(worker_start, pulse) -> None:
    worker_start(PULSE_FILE=str(pulse))
    first = touched_after(pulse, 0)
    assert touched_after(pulse, first) > first


def test_beat_shows_its_pulse_when_an_order_arrives(start, pulse) -> None:
    start("beat", {})
    assert touched_after(pulse, 0) > 0


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_process_without_its_broker_shows_none(start, pulse, name) -> None:
    keeper = start(name, {"REDIS_URL": "redis://127.0.0.1:1/0"})
    keeper.wait_for(name, lambda: "Connection refused" in keeper.tail(name, 200))
    assert pulse.exists() is False


def touched_after(file: Path, moment: int) -> int:
    patience = time.monotonic() + 20
    while time.monotonic() < patience:
        if file.exists() and (touched := file.stat().st_mtime_ns) > moment:
            return touched
        time.sleep(0.05)
    return 0

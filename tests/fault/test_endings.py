"""However a run ends, no process of it is left. Real servers, a real worker, real signals."""

import contextlib
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from mastery_hub.embedded import Place

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = [sys.executable, "-m", "tests.fault.stand_in"]

pytestmark = pytest.mark.fault


def processes_of(folder: Path) -> dict[str, psutil.Process]:
    """Every process that works in the folder or names it, by number and command."""
    found = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            argv = process.cmdline()
            if alive(process) and (Path(process.cwd()).is_relative_to(folder) or str(folder) in argv):
                found[f"{process.pid} {' '.join(argv)}"] = process
    return found


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def recorded(folder: Path, name: str) -> psutil.Process:
    record = next((folder / "started").glob(f"*-{name}"))
    while not record.read_text():
        time.sleep(0.01)
    return psutil.Process(int(record.read_text().split()[1]))


def environment(**more: str) -> dict[str, str]:
    ours = ("DATABASE_URL", "REDIS_URL", "MAKELEVEL")
    return {name: value for name, value in os.environ.items() if name not in ours} | more


def started(folder: Path, prefix: tuple[str, ...] = (), **more: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [*prefix, *STAND_IN, str(folder)],
        cwd=ROOT,
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    return process


def assert_nothing_left(folder: Path, seconds: float = 20) -> None:
    patience = time.monotonic() + seconds
    while (left := processes_of(folder)) and time.monotonic() < patience:
        time.sleep(0.05)
    assert list(left) == []


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all endings, so that each also shows that the next start works after it."""
    return tmp_path_factory.mktemp("endings")


@pytest.fixture
def folder(home: Path) -> Iterator[Path]:
    yield home
    for process in processes_of(home).values():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def keeper_of(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "lock").read_text()))


def watchdog_of(folder: Path) -> psutil.Process:
    return next(child for child in keeper_of(folder).children() if "embedded.py" in " ".join(child.cmdline()))


def test_run_before_its_end(folder: Path) -> None:
    run = started(folder)
    time.sleep(0.2)  # for the worker's child
    names = " ".join(processes_of(folder))
    run.terminate()
    assert [word in names for word in ("postgres", "redis-server", "sleep", "embedded.py", "stand_in")] == [True] * 5
    run.communicate(timeout=30)
    assert_nothing_left(folder)


@pytest.mark.parametrize(
    ("signals", "status"),
    [
        ([signal.SIGINT], 0),
        ([signal.SIGINT, signal.SIGINT], 0),
        ([signal.SIGTERM], 128 + signal.SIGTERM),
        ([signal.SIGHUP], 128 + signal.SIGHUP),
        ([signal.SIGKILL], -signal.SIGKILL),
    ],
)
def test_ended_by_signal(folder: Path, signals: list[signal.Signals], status: int) -> None:
    run = started(folder)

    for number in signals:
        run.send_signal(number)
        time.sleep(0.01)

    run.communicate(timeout=30)
    assert run.returncode == status
    assert_nothing_left(folder)


@pytest.mark.parametrize(
    ("victim", "sentence"),
    [
        (watchdog_of, "The watchdog was killed."),
        (lambda folder: recorded(folder, "worker"), "worker ended by itself (-9):"),
        (lambda folder: recorded(folder, "redis"), "redis ended by itself (-9):"),
        (lambda folder: recorded(folder, "postgres"), "postgres ended by itself (-9):"),
    ],
    ids=["watchdog", "worker", "redis", "postgres"],
)
def test_ended_by_loss(folder: Path, victim: Callable[[Path], psutil.Process], sentence: str) -> None:
    run = started(folder)

    victim(folder).kill()

    _, error = run.communicate(timeout=30)
    assert error.splitlines()[0] == sentence
    assert run.returncode == 1
    assert_nothing_left(folder)


def test_ended_by_loss_of_make(folder: Path) -> None:
    make = started(folder, ("sh", "-c", '"$@"; true', "make"), MAKELEVEL="1")

    make.kill()

    make.communicate(timeout=30)
    assert_nothing_left(folder)


@pytest.mark.parametrize("leader", [[], ["sh", "-c", 'trap : HUP; "$@"; true', "make"]], ids=["alone", "below make"])
def test_ended_by_closed_terminal(folder: Path, leader: list[str]) -> None:
    """Only the session's leader is told that its terminal is gone; make then waits for what it started."""
    terminal, end = pty.openpty()
    lead = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
    argv = [sys.executable, "-c", lead, *leader, *STAND_IN, str(folder)]
    run = subprocess.Popen(argv, cwd=ROOT, env=environment(), stdin=end, stdout=end, stderr=end, start_new_session=True)
    os.close(end)
    assert os.read(terminal, 100).strip() == b"up"

    os.close(terminal)

    run.wait(timeout=30)
    assert_nothing_left(folder)


def test_swept_by_next_start_when_watchdog_died_too(folder: Path) -> None:
    run = started(folder)
    left = {recorded(folder, name) for name in ("postgres", "redis", "worker")}
    watchdog = watchdog_of(folder)
    watchdog.suspend()
    run.kill()
    watchdog.kill()
    run.communicate(timeout=30)
    assert {alive(process) for process in left} == {True}

    again = started(folder)

    assert {alive(process) for process in left} == {False}
    again.terminate()
    again.communicate(timeout=30)
    assert_nothing_left(folder)


def test_second_start_here_is_refused_and_harms_nobody(folder: Path) -> None:
    run = started(folder)

    second = subprocess.run([*STAND_IN, str(folder)], cwd=ROOT, env=environment(), capture_output=True, text=True)

    assert second.stderr == (
        f"It already runs here (process {run.pid}): stop that one first, or use another checkout.\n"
    )
    assert run.poll() is None
    run.terminate()
    run.communicate(timeout=30)
    assert_nothing_left(folder)


def test_copy_of_running_checkout_starts_beside_it(folder: Path, tmp_path: Path) -> None:
    """Also a long path with spaces, and the files that a power cut leaves: the copy is of a server that runs."""
    run = started(folder)
    copy = tmp_path / "a checkout with spaces" / ("long" * 30)
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("run"))
    if not os.geteuid():
        for path in (copy / "postgres-18").rglob("*"):
            shutil.chown(path, "nobody")
        shutil.chown(copy / "postgres-18", "nobody")

    beside = started(copy)

    assert run.poll() is None
    assert Place(copy).sockets.exists()
    for each, place in ((beside, copy), (run, folder)):
        each.terminate()
        each.communicate(timeout=30)
        assert_nothing_left(place)
    assert not Place(copy).sockets.exists()

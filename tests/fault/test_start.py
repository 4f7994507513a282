"""What stops `make demo` is one sentence that says what to do: a broken folder, a full disk, no network, no rights."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mastery_hub.embedded import UNSAFE_BUT_FAST, Keeper, Place, start_postgres
from tests.demo.test_demo_command import demo
from tests.fault.disks import fill, small_disk
from tests.fault.test_endings import ROOT, environment

pytestmark = pytest.mark.fault
MAKES_DISKS = not os.geteuid() and bool(shutil.which("mount"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stopped one."""
    home = tmp_path_factory.mktemp("cluster")
    with Keeper(Place(home)) as keeper:
        start_postgres(keeper, *UNSAFE_BUT_FAST)
    return home


def copied(cluster: Path, home: Path) -> Path:
    """With its owner, whom PostgreSQL insists on. Returns the data's folder."""
    home.mkdir(exist_ok=True)
    subprocess.run(["cp", "-a", f"{cluster}/.", home], check=True)
    return next(home.glob("postgres-*"))


# The folder


def control_file(data: Path) -> Path:
    return data / "global" / "pg_control"


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda data: control_file(data).unlink(), "could not find the database system"),
        (lambda data: os.truncate(control_file(data), 10), 'could not read file "global/pg_control": read 10 of'),
        (lambda data: (data / "PG_VERSION").write_text("12\n"), "database files are incompatible with server"),
        (lambda data: shutil.rmtree(data / "base"), '(database "postgres" does not exist)'),
    ],
    ids=["no control file", "half a control file", "another version", "no tables"],
)
def test_broken_data_folder(cluster: Path, tmp_path: Path, harm: Callable[[Path], object], reason: str) -> None:
    data = copied(cluster, tmp_path / "demo")
    harm(data)

    [line] = demo(tmp_path / "demo", DATABASE_URL="", REDIS_URL="")

    assert line.startswith(f"CommandError: PostgreSQL cannot use its data in {tmp_path / 'demo'}")
    assert reason in line
    assert line.endswith("To start afresh, remove that folder. make demo-reset does so.")


def test_reset_mends_a_broken_data_folder(cluster: Path, tmp_path: Path) -> None:
    (copied(cluster, tmp_path / "demo") / "global" / "pg_control").unlink()
    command = [sys.executable, "manage.py", "demo", "--no-color", "--reset"]
    more = {"MODE": "demo", "EMBEDDED_DIR": str(tmp_path / "demo"), "PORT": "8999"}
    with subprocess.Popen(command, cwd=ROOT, env=environment(**more), stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        started = [run.stdout.readline().split(":")[0] for _ in range(2)]
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=60)

    assert started == ["Starting PostgreSQL and Redis.\n", "Preparing the database, the demo data and the assets"]


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")

    [line] = demo(tmp_path / "var" / "demo")

    assert line == refusal(tmp_path / "var" / "demo", "Not a directory")


def refusal(folder: Path, why: str) -> str:
    return f"CommandError: {folder} cannot be written ({why}): change its owner or rights, or use another folder."


def test_folder_that_nobody_may_write(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 10) if MAKES_DISKS else as_it_is(tmp_path / "disk") as folder:
        if MAKES_DISKS:
            subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        else:
            folder.chmod(0o500)
        [line] = demo(folder / "demo")

    why = "Read-only file system" if MAKES_DISKS else "Permission denied"
    assert line == refusal(folder / "demo", why)


@contextmanager
def as_it_is(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    yield folder
    folder.chmod(0o700)


# The disk


def test_disk_without_room_for_a_database(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 20) as folder:
        [line] = demo(folder, DATABASE_URL="", REDIS_URL="")

    assert line.startswith("CommandError: The disk is full: ")
    assert line.endswith(f" MB are left where {folder} lies, and a new database needs 200 MB.")


def test_disk_that_is_full_when_the_data_is_there(cluster: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 120) as folder:
        copied(cluster, folder)
        fill(folder)
        [line] = demo(folder, DATABASE_URL="", REDIS_URL="")

    assert line == f"CommandError: The disk is full: make room where {folder} lies, then start again."


# The packages


def wheel(folder: Path, megabytes: int) -> str:
    """A package of that size, and its line for requirements.lock."""
    path = folder / "example-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("example/__init__.py", "")
        archive.writestr("example/data", b"\0" * (megabytes * 1_000_000))
        archive.writestr("example-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: example\nVersion: 1.0\n")
        archive.writestr(
            "example-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("example-1.0.dist-info/RECORD", "")
    return f"example==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def install(checkout: Path, requirement: str, **more: str) -> subprocess.CompletedProcess[str]:
    checkout.mkdir(exist_ok=True)
    shutil.copy(ROOT / "Makefile", checkout)
    (checkout / "requirements.lock").write_text(requirement)
    more = (
        {"PYTHON": sys.executable} | more | {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1", "PIP_RETRIES": "1"}
    )
    return subprocess.run(
        ["make", "--silent", ".venv/installed"], cwd=checkout, env=environment(**more), capture_output=True, text=True
    )


FIRST = "Installing the packages of requirements.lock: about a minute, this once.\n"


def test_packages_without_a_network_and_then_with_one(tmp_path: Path) -> None:
    """What the first run left half-made is no trouble to the second."""
    requirement = wheel(tmp_path, 1)
    away = install(tmp_path / "checkout", requirement, PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert (away.returncode, away.stdout) == (
        2,
        FIRST + "The packages could not be downloaded: is there a network? Then run make again.\n",
    )

    here = install(tmp_path / "checkout", requirement, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path))
    assert (here.returncode, here.stdout, here.stderr) == (0, FIRST, "")
    assert (tmp_path / "checkout" / ".venv" / "installed").exists()


def test_packages_that_the_disk_has_no_room_for(tmp_path: Path) -> None:
    requirement = wheel(tmp_path, 200)
    with small_disk(tmp_path / "disk", 100) as folder:
        full = install(folder, requirement, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path))

    assert full.stdout == FIRST + "The disk is full: the packages need 1 GB. Make room, then run make again.\n"
    assert full.returncode == 2


def test_environment_that_the_disk_has_no_room_for(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4) as folder:
        full = install(folder, "")

    assert full.stdout == "The disk is full: the packages need 1 GB. Make room, then run make again.\n"
    assert full.returncode == 2


def test_other_trouble_is_told_in_its_own_words(tmp_path: Path) -> None:
    """By a Python that makes its environment and then cannot install."""
    python = tmp_path / "python"
    python.write_text(
        '#!/bin/sh\n[ "$1" = -c ] && exit\nmkdir -p .venv/bin\n'
        "echo 'echo No matching distribution found; exit 1' > .venv/bin/python; chmod +x .venv/bin/python\n"
    )
    python.chmod(0o755)

    wrong = install(tmp_path / "checkout", "", PYTHON=str(python))

    assert (wrong.returncode, wrong.stdout) == (2, FIRST + "No matching distribution found\n")

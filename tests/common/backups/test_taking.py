"""A backup is taken whole or not at all."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.db import connection, connections, transaction

from mastery_hub.common.backups import postgres
from mastery_hub.common.errors import DomainError
from mastery_hub.common.files.locks import backup_may_begin
from tests.common.backups.steps import backup, told
from tests.threads import together


def test_backup_does_not_overwrite(transactional_db: None, tmp_path: Path):
    path = tmp_path / "mine.zip"
    path.write_bytes(b"yesterday's")

    with pytest.raises(CommandError, match=r"mine\.zip is there already: name another file, or a folder\.$"):
        backup(path)
    assert path.read_bytes() == b"yesterday's"
    assert list(tmp_path.glob("*.part")) == []

    assert backup(tmp_path / "today.zip") == tmp_path / "today.zip"


def test_backup_is_not_kept_among_its_files(transactional_db: None, private_root: Path):
    (private_root / "app").mkdir(parents=True)

    for where in (private_root, private_root / "app", private_root / "mine.zip"):
        with pytest.raises(CommandError, match=r"^A backup among the files it holds would hold itself"):
            backup(where)


def test_folder_that_is_not_there_is_told(transactional_db: None, tmp_path: Path):
    with pytest.raises(CommandError, match=r"^The backup could not be written, and nothing was kept\. .*No such file"):
        backup(tmp_path / "nowhere" / "mine.zip")


def test_second_backup_waits_for_its_turn(transactional_db: None, tmp_path: Path):
    def another() -> None:
        with pytest.raises(CommandError, match=r"^A backup is being taken already: wait until it is done\.$"):
            backup(tmp_path)

    with transaction.atomic():
        assert backup_may_begin(connection)
        together(another)
    assert list(tmp_path.glob("mastery-hub-*")) == []
    assert backup(tmp_path).exists()


def test_dump_that_fails_leaves_nothing_behind(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(postgres, "WITHOUT_ROWS", ("*.*.*.*",))

    with pytest.raises(CommandError, match=r"^pg_dump failed: .*improper"):
        backup(tmp_path / "mine.zip")
    assert list(tmp_path.glob("mine*")) == []


def test_tools_are_the_servers_version_or_newer(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def installed(name: str, version: int) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "pg_dump").write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}.1 (Debian)'\n")
        (folder / "pg_dump").chmod(0o755)
        return folder

    monkeypatch.setattr(postgres, "wheel_binaries", lambda: None)
    monkeypatch.setattr(postgres, "glob", lambda pattern: [str(tmp_path / "newest" / "pg_dump")])
    server = postgres.server_version()
    monkeypatch.setenv("PATH", f"{installed('older', server - 1)}:/bin")
    installed("newest", server - 2)
    with pytest.raises(DomainError, match=rf"PostgreSQL {server}, .* install postgresql-client-{server}\.$"):
        postgres.tools()

    shutil.rmtree(tmp_path / "newest")
    newest = installed("newest", server + 2)
    assert postgres.tools() == newest
    monkeypatch.setenv("PATH", f"{installed('right', server)}:/bin")
    assert postgres.tools() == tmp_path / "right"


def command_of_a_process(*arguments: str, **environment: str) -> str:
    """What it says when it is refused."""
    known = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "EMBEDDED_DIR")}
    ended = subprocess.run(
        [sys.executable, "manage.py", *arguments], env=known | environment, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    return ended.stderr


def test_database_that_is_away_is_told(tmp_path: Path):
    away = command_of_a_process("backup", str(tmp_path), MODE="test", DATABASE_URL="postgres://hub@127.0.0.1:9/hub")

    assert away.startswith("CommandError: The database cannot be reached: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.fault
def test_demos_database_is_started_for_it_and_stopped(tmp_path: Path):
    refused = command_of_a_process("backup", str(tmp_path), MODE="demo", EMBEDDED_DIR=str(tmp_path / "demo"))

    assert refused == "CommandError: There is no demo here yet: make demo, and stop it.\n"
    assert (tmp_path / "demo" / "log" / "postgres.log").exists()
    assert list((tmp_path / "demo" / "started").iterdir()) == []
    assert list(tmp_path.glob("mastery-hub*")) == []


def process(command: list[str], *, root: Path, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """The command in a process of its own, on this test's database."""
    configured = connection.settings_dict
    url = f"postgres://{configured['USER']}:{configured['PASSWORD']}@:{configured['PORT']}/{configured['HOST']}/{configured['NAME']}"
    environment = {**os.environ, "DATABASE_URL": url, "PRIVATE_ROOT": str(root)}
    return subprocess.Popen(
        [*prefix, sys.executable, "manage.py", *command], env=environment, stderr=subprocess.PIPE, text=True
    )


def test_full_disk_is_told_and_leaves_nothing(transactional_db: None, private_root: Path, tmp_path: Path):
    """A limit on what a process may write stands in for the disk."""
    private_root.mkdir()
    (private_root / "large").write_bytes(os.urandom(3_000_000))
    limited = ("sh", "-c", 'ulimit -f 2000 && exec "$@"', "sh")  # blocks of 512 or 1,024 bytes

    taking = process(["backup", str(tmp_path / "mine.zip")], root=private_root, prefix=limited)
    _, errors = taking.communicate(timeout=60)

    assert errors == (
        f"CommandError: The backup could not be written, and nothing was kept. There is no room for it in {tmp_path}.\n"
    )
    assert taking.returncode == 1
    assert list(tmp_path.glob("mine*")) == []


@pytest.mark.fault
def test_killed_in_the_middle_leaves_only_a_part(transactional_db: None, private_root: Path, tmp_path: Path):
    private_root.mkdir()
    os.mkfifo(private_root / "endless")  # it waits here for a writer that never comes
    part = tmp_path / "mine.zip.part"
    taking = process(["backup", str(tmp_path / "mine.zip")], root=private_root)
    patience = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size > 100_000):
        assert time.monotonic() < patience
        assert taking.poll() is None
        time.sleep(0.05)

    taking.kill()
    taking.communicate()
    assert list(tmp_path.glob("mine*")) == [part]
    with pytest.raises(CommandError, match="is no whole backup"):
        told("restore", part, "--check")

    (private_root / "endless").unlink()
    assert backup(tmp_path / "mine.zip").exists()
    assert list(tmp_path.glob("mine*")) == [tmp_path / "mine.zip"]
    connections.close_all()

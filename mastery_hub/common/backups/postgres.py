"""The database out to a stream and back in, by PostgreSQL's own tools."""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from glob import glob
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import OperationalError, connection
from django.db.backends.postgresql.client import DatabaseClient

from mastery_hub.common.errors import DomainError
from mastery_hub.embedded import Failed, Keeper, start_postgres, wheel_binaries

# Signed-in people and half-entered codes are worth nothing after a restore, and something to a thief
WITHOUT_ROWS = ("django_session", settings.CACHES["default"]["LOCATION"])
EMPTIED = """
SET LOCAL lock_timeout = '10s';
SET LOCAL client_min_messages = warning;
DROP SCHEMA IF EXISTS public CASCADE;
CREATE SCHEMA public;
ALTER SCHEMA public OWNER TO pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""


@contextlib.contextmanager
def database_up() -> Iterator[None]:
    """The database of the settings. The demo's own is started for as long as it is needed, if it does not run."""
    with contextlib.ExitStack() as started:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            if settings.MODE != "demo" or os.environ.get("DATABASE_URL"):
                raise DomainError(f"The database cannot be reached: {error}", code="unreachable") from None
            _demo_start(started)
        started.callback(connection.close)
        yield


def _demo_start(started: contextlib.ExitStack) -> None:
    try:
        start_postgres(started.enter_context(Keeper(settings.PLACE)))
        connection.ensure_connection()
    except Failed as failed:
        raise DomainError(str(failed), code="unreachable") from None
    except OperationalError:
        raise DomainError("There is no demo here yet: make demo, and stop it.", code="unreachable") from None


def server_version() -> int:
    return int(connection.pg_version) // 10_000  # type: ignore[attr-defined]  # PostgreSQL's own


def tools() -> Path:
    """The folder with pg_dump, pg_restore and psql of the server's version, or of the next one there is."""
    needed = server_version()
    found = [
        Path(path).parent for path in (shutil.which("pg_dump"), *glob("/usr/lib/postgresql/*/bin/pg_dump")) if path
    ]
    versions = {folder: _version(folder) for folder in (*found, *filter(None, [wheel_binaries()]))}
    fit = [folder for folder, version in versions.items() if version >= needed]
    if not fit:
        raise DomainError(
            f"The server is PostgreSQL {needed}, and no pg_dump of that version is on PATH:"
            f" install postgresql-client-{needed}.",
            code="tools",
        )
    return min(fit, key=versions.__getitem__)


def _version(folder: Path) -> int:
    with contextlib.suppress(OSError):
        told = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True).stdout
        if found := re.search(r"\) (\d+)", told):
            return int(found[1])
    return 0


def _address() -> tuple[list[str], dict[str, str]]:
    """Arguments and environment that lead a tool to the database: the password by the environment, seen by nobody."""
    (_, *arguments), environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    return arguments, {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"} | (environment or {})


def dump_to(out: IO[bytes]) -> None:
    """Everything as it is at this instant, but for the rows of `WITHOUT_ROWS`."""
    address, environment = _address()
    left_out = [f"--exclude-table-data=public.{table}" for table in WITHOUT_ROWS]
    argv = [tools() / "pg_dump", "--format=custom", "--no-owner", "--no-privileges", *left_out, *address]
    with tempfile.TemporaryFile() as said, _process(argv, environment, said, stdout=subprocess.PIPE) as dump:
        shutil.copyfileobj(_pipe(dump.stdout), out)
        _ended_well(dump, said, "pg_dump")


def load_from(dumped: IO[bytes], *, replace: bool) -> None:
    """All of a dump or nothing: until the last line has arrived and been taken, the database is as it was."""
    folder = tools()
    address, environment = _address()
    psql = [folder / "psql", "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", *address]
    restore = [folder / "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--file=-"]
    connection.close()
    with (
        tempfile.TemporaryFile() as said,
        tempfile.TemporaryFile() as told,
        _process(psql, environment, said, stdin=subprocess.PIPE) as database,
    ):
        script = _pipe(database.stdin)
        with contextlib.suppress(BrokenPipeError):
            script.write(b"BEGIN;" + (EMPTIED.encode() if replace else b""))
            script.flush()
        with _process(restore, environment, told, stdin=subprocess.PIPE, stdout=script) as reader:
            with contextlib.suppress(BrokenPipeError), _pipe(reader.stdin) as dump:
                shutil.copyfileobj(dumped, dump)
            whole = reader.wait() == 0
        with contextlib.suppress(BrokenPipeError):
            if whole:
                script.write(b"COMMIT;\n")
            script.close()
        _ended_well(database, said, "psql")
        _ended_well(reader, told, "pg_restore")


@contextlib.contextmanager
def _process(argv: list[Any], environment: dict[str, str], said: IO[bytes], **pipes: Any) -> Iterator[Any]:
    """Ended with the block, however that ends."""
    with subprocess.Popen(argv, env=environment, stderr=said, **pipes) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _ended_well(process: subprocess.Popen[bytes], said: IO[bytes], name: str) -> None:
    if process.wait():
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines()
        raise DomainError(f"{name} failed: {' '.join(lines[-3:])}", code="failed")

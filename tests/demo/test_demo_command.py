"""What stops `make demo` is one sentence, and nothing is changed or left. Its endings: tests/fault/test_endings.py."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def demo(folder: Path, *arguments: str, **environment: str) -> list[str]:
    """The lines that it ends with."""
    environment = {**os.environ, "MODE": "demo", "EMBEDDED_DIR": str(folder), "PORT": str(free_port()), **environment}
    command = [sys.executable, "manage.py", "demo", "--no-color", *arguments]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ended.returncode == 1
    return ended.stderr.splitlines()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def somebodys_database(transactional_db: None) -> Iterator[tuple[str, psycopg2.extensions.cursor]]:
    to = connection.get_connection_params()
    address = {name: to[name] for name in ("host", "port", "user", "password") if name in to}
    name = f"somebodys_{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    with closing(psycopg2.connect(**address, dbname="postgres")) as server:
        server.autocommit = True
        admin = server.cursor()
        admin.execute(f"CREATE DATABASE {name}")
        with closing(psycopg2.connect(**address, dbname=name)) as theirs, theirs.cursor() as cursor:
            theirs.autocommit = True
            cursor.execute("CREATE TABLE holidays (day date)")
            yield f"postgres://{address['user']}@:{address['port']}/{address['host']}/{name}", cursor
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_demo_in_another_mode() -> None:
    with pytest.raises(CommandError, match=r"^This runs with MODE=demo only: make demo.$"):
        call_command("demo")


def test_demo_on_taken_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert demo(tmp_path, PORT=str(port)) == [
            f"CommandError: Port {port} is not free (Address already in use): PORT={port + 1} make demo."
        ]


def test_demo_on_unreachable_database(tmp_path: Path) -> None:
    first, *_ = demo(tmp_path, DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing")
    assert first.startswith("CommandError: DATABASE_URL cannot be reached: ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "The database holds data that load_demo did not make: empty it, or make demo-reset."),
        (["--reset"], "The database is your own (DATABASE_URL): empty it yourself, then run make demo."),
    ],
)
def test_demo_on_somebodys_database(tmp_path: Path, somebodys_database, arguments: list[str], sentence: str) -> None:
    url, cursor = somebodys_database

    assert demo(tmp_path, *arguments, DATABASE_URL=url) == [f"CommandError: {sentence}"]

    cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    assert cursor.fetchall() == [("holidays",)]

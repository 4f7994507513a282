"""Named in pytest's options, so that it runs before the settings load: one PostgreSQL and one Redis a run.

The workers of a run share them: each has a database, copied from a template, and a Redis database of its own.
"""

import hashlib
import os
import re
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg2 import sql

from mastery_hub import embedded

ROOT = Path(__file__).resolve().parent.parent
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
OURS = ("SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "EMAIL_URL", "EMAIL_FROM", "TRUSTED_PROXY", "PORT", "LOG_LEVEL")


def keeper_new() -> embedded.Keeper:
    try:
        return embedded.Keeper(embedded.Place(ROOT / "var" / "test"))
    except embedded.Failed:  # another run holds it: this one gets a cluster that goes when it ends
        return embedded.Keeper(embedded.Place(tempfile.mkdtemp(prefix="mastery-hub-test-")), temporary=True)


def redis_of_worker(url: str, number: int) -> str:
    """The database `number` after the one that the address names."""
    return re.sub(r"(?:(?<=virtual_host=)|(?<=\d/))\d+$", lambda found: str(int(found[0]) + number), url)


for name in OURS:
    os.environ.pop(name, None)
os.environ["MODE"] = "test"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright's loop runs in the thread of the test
keeper = None if WORKER else keeper_new()
redis_of_user = os.environ.get("REDIS_URL")
if keeper:
    os.environ["EMBEDDED_DIR"] = str(keeper.place.home)
    os.environ.setdefault("REDIS_URL", keeper.place.redis_url)
else:
    os.environ["REDIS_URL"] = redis_of_worker(os.environ["REDIS_URL"], int(WORKER.removeprefix("gw")))


def end_without_parent() -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def pytest_configure(config: pytest.Config) -> None:
    if not keeper:
        return
    if "MAKELEVEL" in os.environ:
        threading.Thread(target=end_without_parent, daemon=True).start()
    try:
        if not os.environ.get("DATABASE_URL"):
            embedded.start_postgres(keeper, *embedded.UNSAFE_BUT_FAST)
        if not redis_of_user:
            embedded.start_redis(keeper)
    except embedded.Failed as failed:
        keeper.stop()
        raise pytest.UsageError(str(failed)) from None


def pytest_unconfigure() -> None:
    if keeper:
        keeper.stop()


def digest_of_migrations() -> str:
    migrations = [
        *ROOT.glob("*/migrations/*.py"),
        *ROOT.glob("mastery_hub/*/migrations/*.py"),
        ROOT / "requirements.lock",
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(migrations))).hexdigest()[:12]


@contextmanager
def database_called(name: str) -> Iterator[None]:
    original = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = original


def template_make(admin: Any, name: str) -> None:
    """Migrations run once for each state of their files; what an earlier state left goes."""
    admin.execute("SELECT datname FROM pg_database WHERE datname LIKE 'mastery_hub_template_%'")
    for (old,) in admin.fetchall():
        admin.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(old)))
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))
    admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with database_called(name):
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
    admin.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, django_db_blocker: Any) -> None:
    """Has each worker's database copied from a migrated template instead of migrated again."""
    name = f"mastery_hub_template_{digest_of_migrations()}"
    with django_db_blocker.unblock(), database_called("postgres"):
        parameters = connection.get_connection_params()
    parameters = {
        key: value for key, value in parameters.items() if key in ("dbname", "user", "password", "host", "port")
    }
    with closing(psycopg2.connect(**parameters)) as server:
        server.autocommit = True
        with server.cursor() as admin:
            admin.execute("SELECT pg_advisory_lock(7)")  # one worker makes it, the others wait
            admin.execute("SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", [name])
            if not admin.fetchone():
                with django_db_blocker.unblock():
                    template_make(admin, name)
    for configured in (settings.DATABASES["default"], connection.settings_dict):
        configured["TEST"]["TEMPLATE"] = name

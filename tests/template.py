"""A migrated database that each worker's own is copied from, made once for each state of the migrations' files."""

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg2 import sql

ROOT = Path(__file__).resolve().parent.parent


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


def template_use() -> None:
    name = f"mastery_hub_template_{digest_of_migrations()}"
    with database_called("postgres"):
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
                template_make(admin, name)
    for configured in (settings.DATABASES["default"], connection.settings_dict):
        configured["TEST"]["TEMPLATE"] = name

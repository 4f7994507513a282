"""Runs the whole site on this machine: servers, migrations, demo data, web, worker and beat, until Ctrl-C."""

import http.client
import os
import shutil
import socket
import sys
from contextlib import closing, suppress
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.db import DatabaseError, OperationalError, connection, connections
from psycopg2.errors import DuplicateDatabase

from mastery_hub.demo.marker import database_is_demo, database_is_empty
from mastery_hub.embedded import Failed, Keeper, Unusable, disk_full, explained, start_servers

DISK_FULL, CORRUPT = "53100", ("XX", "58")  # PostgreSQL's own codes
HOST, PORT = "127.0.0.1", settings.PORT
PROCESSES = {  # docker-compose.yml starts the same ones
    "web": f"gunicorn mastery_hub.wsgi --worker-class=mastery_hub.web.Worker --threads=4 --bind={HOST}:{PORT} "
    "--no-control-socket --limit-request-line=8190 --workers=2",
    "worker": "celery --app=mastery_hub worker --pool=threads --concurrency=2 --without-mingle",
    "beat": "celery --app=mastery_hub beat --scheduler=celery.beat:Scheduler",
}


class Command(BaseCommand):
    help = "Runs the site with made-up data on 127.0.0.1 until Ctrl-C. PORT says where, 8000 unless it is set."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="forget everything and start afresh")

    def handle(self, *, reset: bool, **options: Any) -> None:
        if settings.MODE != "demo":
            raise CommandError("This runs with MODE=demo only: make demo.")
        try:
            with Keeper(settings.PLACE) as keeper:
                try:
                    self.run(keeper, reset)
                except (DatabaseError, psycopg2.Error) as error:
                    raise self.explained(error, keeper) or error from None
                finally:
                    with suppress(OSError):  # the terminal may be closed
                        self.say("Stopping.")
        except Unusable as unusable:
            raise CommandError(f"{unusable} make demo-reset does so.") from None
        except Failed as failed:
            raise CommandError(str(failed)) from None
        except OSError as error:
            if refusal := explained(error, settings.PLACE.home):
                raise CommandError(str(refusal)) from None
            raise

    def run(self, keeper: Keeper, reset: bool) -> None:
        self.check_port()
        if reset:
            self.forget()
        self.say("Starting PostgreSQL and Redis.")
        start_servers(keeper, "synchronous_commit=off")  # a power cut may cost the demo its last half second
        self.say("Preparing the database, the demo data and the assets: seconds, or a minute the first time.")
        self.prepare(keeper)
        self.say("Starting web, worker and beat.")
        self.start_site(keeper)
        self.say(f"\n  Mastery Hub          {settings.LOOPBACK}/\n  Sign in as anyone    {settings.LOOPBACK}/demo/\n")
        self.say("Ctrl-C stops everything and keeps the data.")
        keeper.watch()

    def explained(self, error: Exception, keeper: Keeper) -> Failed | None:
        """None when it is a fault of ours, or the matter of a server that is not ours."""
        if os.environ.get("DATABASE_URL"):
            return None
        for name in keeper.ended():
            return keeper.lost(name, "ended by itself")
        code = getattr(error, "pgcode", None) or getattr(error.__cause__, "pgcode", None) or ""
        if code == DISK_FULL:
            return disk_full(settings.PLACE.home)
        lost = not code and isinstance(error, (OperationalError, psycopg2.OperationalError))
        reason = str(error).splitlines()[0].rpartition("FATAL:  ")[2]
        return Unusable(settings.PLACE.home, reason) if lost or code.startswith(CORRUPT) else None

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def check_port(self) -> None:
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((HOST, PORT))
            except OSError as error:
                raise CommandError(f"Port {PORT} is not free ({error.strerror}): PORT={PORT + 1} make demo.") from None

    def forget(self) -> None:
        if os.environ.get("DATABASE_URL"):
            raise CommandError("The database is your own (DATABASE_URL): empty it yourself, then run make demo.")
        for folder in (*settings.PLACE.home.glob("postgres*"), settings.PLACE.home / "files"):
            shutil.rmtree(folder, ignore_errors=True)

    def prepare(self, keeper: Keeper) -> None:
        """Assets are built beside the data. What is there already takes no time."""
        if os.environ.get("DATABASE_URL"):
            self.reach_database()
        else:
            self.create_database()
        if not (database_is_demo() or database_is_empty()):
            raise CommandError("The database holds data that load_demo did not make: empty it, or make demo-reset.")
        keeper.start("assets", [sys.executable, "manage.py", "build_assets"], cwd=settings.BASE_DIR)
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("load_demo", stdout=self.stdout)
        connections.close_all()
        keeper.finish("assets")

    def reach_database(self) -> None:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(f"DATABASE_URL cannot be reached: {error}") from None

    def create_database(self) -> None:
        to = connection.get_connection_params()
        with closing(psycopg2.connect(host=to["host"], port=to["port"], user=to["user"])) as server:
            server.autocommit = True
            with server.cursor() as cursor, suppress(DuplicateDatabase):
                cursor.execute(f"CREATE DATABASE {to['dbname']}")

    def start_site(self, keeper: Keeper) -> None:
        for name, command in PROCESSES.items():
            keeper.start(name, [sys.executable, "-m", *command.split()], cwd=settings.BASE_DIR)
        keeper.wait_for("web", self.ready)

    def ready(self) -> bool:
        """Asked without urllib, which would send a proxy to 127.0.0.1."""
        try:
            with closing(http.client.HTTPConnection(HOST, PORT, timeout=5)) as web:
                web.request("GET", "/ready/")
                return web.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False

"""The whole site in processes of its own, each of which a test may stop, kill or start again."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
from django.conf import settings
from django.db import connection

from mastery_hub.embedded import Keeper, Place, start_postgres, start_redis
from tests.fault.visitor import Visitor


def wait_until(condition: Callable[[], Any], seconds: float = 30) -> None:
    patience = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < patience, "it did not happen"
        time.sleep(0.02)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def database_url() -> str:
    """Of the database that this test writes to."""
    to = connection.get_connection_params()
    password = f":{quote(to['password'])}" if to.get("password") else ""
    host = to.get("host", "")
    where = f":{to['port']}/{host}" if host.startswith("/") else f"{host}:{to['port']}"
    return f"postgres://{quote(to['user'])}{password}@{where}/{to['dbname']}"


class House:
    """`environment` goes to every process. Redis is its own; the database is the test's."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.keeper = Keeper(Place(folder))
        self.environment = {"REDIS_URL": self.keeper.place.redis_url, **environment}
        self.site = ""

    def close(self) -> None:
        self.keeper.stop()

    def process(self, name: str) -> psutil.Process:
        return psutil.Process(self.keeper.processes[name].pid)

    def start(self, name: str, command: str, **environment: str) -> None:
        environment = {**os.environ, "DATABASE_URL": database_url(), **self.environment, **environment}
        self.keeper.start(name, [sys.executable, "-m", *command.split()], cwd=settings.BASE_DIR, env=environment)

    def web(self, *, threads: int = 4, workers: int = 1, **environment: str) -> None:
        port = free_port()
        self.site = f"http://127.0.0.1:{port}"
        self.start(
            "web",
            f"gunicorn mastery_hub.wsgi --bind=127.0.0.1:{port} --workers={workers} --threads={threads} "
            "--no-control-socket --worker-class=mastery_hub.web.Worker",
            **environment,
        )
        self.keeper.wait_for("web", self.answers)

    def answers(self) -> bool:
        with suppress(OSError, HTTPException):
            return Visitor(self.site, seconds=1).get("/health/").status == 200
        return False

    def worker(self, name: str = "worker") -> None:
        self.start(name, "celery --app=mastery_hub worker --pool=threads --concurrency=2 --without-mingle -l INFO")
        self.keeper.wait_for(name, lambda: "ready." in self.keeper.tail(name))

    def beat(self) -> None:
        self.start("beat", "celery --app=mastery_hub beat --scheduler=celery.beat:Scheduler")

    def redis(self) -> None:
        start_redis(self.keeper)

    def end(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Sends the signal to the whole group and forgets the process, so that a lost one is no surprise."""
        process = self.keeper.processes.pop(name)
        os.killpg(process.pid, number)
        process.wait()


@contextmanager
def hanging(process: psutil.Process) -> Iterator[None]:
    """Alive, and deaf, with all its children."""
    family = [process, *process.children(recursive=True)]
    for each in family:
        each.suspend()
    try:
        yield
    finally:
        for each in reversed(family):
            each.resume()


class OwnPostgres:
    """A cluster that a test may restart."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self.keeper, self.settings = Keeper(Place(folder)), settings
        self.start()

    def start(self) -> None:
        start_postgres(self.keeper, *self.settings)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """SIGINT is PostgreSQL's fast shutdown: whoever is connected is thrown out."""
        process = self.keeper.processes.pop("postgres")
        process.send_signal(number)
        process.wait()

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(self.keeper.processes["postgres"].pid)

"""A web process that stops answers whom it let in and whom it kept waiting, and refuses who comes later."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent


def slow_application(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    time.sleep(float(environ["QUERY_STRING"] or 0))
    start_response("200 OK", [("Content-Length", "5")])
    return [b"done\n"]


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.fixture
def ask(port: int) -> Iterator[Callable[..., HTTPConnection]]:
    with ExitStack() as opened:

        def send(seconds: float = 0) -> HTTPConnection:
            connection = opened.enter_context(closing(HTTPConnection("127.0.0.1", port, timeout=20)))
            connection.request("POST", f"/?{seconds}")
            return connection

        yield send


@pytest.fixture
def web(port: int, ask: Callable[..., HTTPConnection]) -> Iterator[psutil.Process]:
    command = f"gunicorn tests.test_web:slow_application --bind=127.0.0.1:{port} --threads=2 --no-control-socket"
    argv = [sys.executable, "-m", *command.split(), "--worker-class=mastery_hub.web.Worker", "--log-level=error"]
    process = subprocess.Popen(argv, cwd=ROOT)
    while not accepts(port):
        time.sleep(0.02)
    ask().getresponse().read()  # its one worker has started
    yield psutil.Process(process.pid)
    process.kill()
    process.wait()


def accepts(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_request_in_hand_is_finished_while_new_ones_are_refused(port, web, ask) -> None:
    inside = ask(seconds=2)
    time.sleep(0.3)
    web.terminate()
    patience = time.monotonic() + 1.5
    while accepts(port) and time.monotonic() < patience:
        time.sleep(0.02)
    assert time.monotonic() < patience
    assert inside.getresponse().read() == b"done\n"
    assert web.wait(timeout=20) == 0


def test_all_who_wait_at_the_door_are_let_in(web, ask) -> None:
    worker = web.children()[0]
    worker.suspend()
    while worker.status() != psutil.STATUS_STOPPED:
        time.sleep(0.01)
    waiting = [ask() for _ in range(6)]
    web.terminate()
    time.sleep(0.2)  # gunicorn has told its worker, which wakes to both at once
    worker.resume()
    assert [each.getresponse().read() for each in waiting] == [b"done\n"] * 6
    assert web.wait(timeout=20) == 0

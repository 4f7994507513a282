"""The scanner's side of the conversation is played over real sockets; ours is the code that runs."""

import io
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import checks

from mastery_hub.common.errors import DomainError
from mastery_hub.common.files import scanning
from mastery_hub.common.files.scanning import address_of, virus_refused

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Conversation(socketserver.StreamRequestHandler):
    """As clamd answers INSTREAM: pieces after their lengths, until one of none."""

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
            if len(content) > self.server.limit:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.server.seen.append(content)
        if self.server.answer is None:
            time.sleep(self.server.delay)
        for part in self.server.answer or []:
            self.wfile.write(part)
            self.wfile.flush()
        if self.server.answer is not None:
            return
        self.wfile.write(b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0")


class Serving:
    daemon_threads = True
    answer: list[bytes] | None = None
    delay = 0.0
    limit = 10_000_000

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever lost patience has hung up."""


class OverTcp(Serving, socketserver.ThreadingTCPServer):
    pass


class OverSocket(Serving, socketserver.ThreadingUnixStreamServer):
    pass


@pytest.fixture(params=["tcp", "socket"])
def clamd(request: pytest.FixtureRequest, settings: Any, tmp_path_factory: Any) -> Iterator[Any]:
    path = tmp_path_factory.mktemp("clamd") / "s"
    server = OverTcp(("127.0.0.1", 0), Conversation) if request.param == "tcp" else OverSocket(str(path), Conversation)
    server.seen = []
    settings.VIRUS_SCANNER = (
        f"clamd://127.0.0.1:{server.server_address[1]}" if request.param == "tcp" else f"clamd://{path}"
    )
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def refusal(content: bytes) -> str:
    with pytest.raises(DomainError) as refused:
        virus_refused(io.BytesIO(content))
    return refused.value.code


def test_clean_file_passes_whole_and_is_ready_to_be_read(clamd: Any):
    content = bytes(range(256)) * 1000
    file = io.BytesIO(content)

    virus_refused(file)

    assert clamd.seen == [content]
    assert file.read() == content


@pytest.mark.parametrize("before", [0, 70_000])
def test_virus_is_refused_and_logged_without_the_files_name(clamd: Any, caplog: pytest.LogCaptureFixture, before: int):
    file = io.BytesIO(b" " * before + EICAR)
    file.name = "Ann's letter.pdf"

    with caplog.at_level("WARNING"), pytest.raises(DomainError) as refused:
        virus_refused(file)

    assert (refused.value.code, refused.value.message) == ("virus", scanning.INFECTED)
    assert "An upload was refused: Eicar-Signature" in caplog.text
    assert "Ann" not in caplog.text


@pytest.mark.parametrize(
    "answer", [[b"stream: O", b"K\0"], [b"stream: OK\0"], [b"stream: OK"]], ids=["in parts", "whole", "unended"]
)
def test_answer_may_come_in_parts(clamd: Any, answer: list[bytes]):
    clamd.answer = answer

    virus_refused(io.BytesIO(b"clean"))

    assert clamd.seen == [b"clean"]


@pytest.mark.parametrize(
    "answer",
    [[b""], [b"stream: OK and more\0"], [b"UNKNOWN COMMAND\0"], [b"x" * 100_000], [b"\xff\0"]],
    ids=["nothing", "half understood", "unknown", "endless", "no text"],
)
def test_answer_that_is_none_refuses_the_file(clamd: Any, answer: list[bytes]):
    clamd.answer = answer

    assert refusal(b"clean") == "scanner"


def test_file_larger_than_the_scanner_takes_is_refused(clamd: Any, caplog: pytest.LogCaptureFixture):
    clamd.limit = 1_000_000

    virus_refused(io.BytesIO(b"x" * 1_000_000))
    assert refusal(b"x" * 5_000_000) == "scanner"
    assert "size limit exceeded" in caplog.text


def test_scanner_that_takes_too_long_is_not_waited_for(clamd: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scanning, "PATIENCE", 0.2)
    clamd.delay = 3
    began = time.monotonic()

    assert refusal(b"clean") == "scanner"
    assert time.monotonic() - began < 2


def test_scanner_with_a_full_queue_is_not_waited_for(settings: Any, tmp_path_factory: pytest.TempPathFactory):
    """Nobody takes whoever waits at its socket, and no more may wait there."""
    path = tmp_path_factory.mktemp("clamd") / "s"
    settings.VIRUS_SCANNER = f"clamd://{path}"
    refused: list[str] = []
    with socket.socket(socket.AF_UNIX) as deaf, socket.socket(socket.AF_UNIX) as waiting:
        deaf.bind(str(path))
        deaf.listen(0)
        waiting.connect(str(path))
        asking = threading.Thread(target=lambda: refused.append(refusal(b"clean")), daemon=True)
        asking.start()
        asking.join(2 * scanning.CONNECTING)

    assert refused == ["scanner"]


@pytest.mark.parametrize("where", ["clamd://127.0.0.1:9", "clamd:///nowhere/clamd.sock"])
def test_scanner_that_is_not_there_refuses_the_file_in_a_sentence(settings: Any, where: str):
    settings.VIRUS_SCANNER = where
    with pytest.raises(
        DomainError, match=r"^We cannot check files for viruses just now\. .* Nothing you typed is lost"
    ):
        virus_refused(io.BytesIO(b"clean"))


def test_without_a_scanner_nothing_is_asked(settings: Any):
    settings.VIRUS_SCANNER = ""

    virus_refused(io.BytesIO(EICAR))


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("clamd://scanner:3311", ("scanner", 3311)),
        ("clamd://scanner", ("scanner", 3310)),
        ("clamd:///run/clamd.sock", "/run/clamd.sock"),
    ],
)
def test_scanner_is_named_by_host_or_socket(url: str, address: Any):
    assert address_of(url) == address


@pytest.mark.parametrize("url", ["scanner:3310", "tcp://scanner", "clamd://", "clamd://host/path", "clamd://host:port"])
def test_scanner_named_badly_fails_the_systems_check(settings: Any, url: str):
    settings.VIRUS_SCANNER = url
    assert [found.id for found in checks.run_checks() if found.id.startswith("files")] == ["files.E002"]

    settings.VIRUS_SCANNER = "clamd://scanner"
    assert [found.id for found in checks.run_checks() if found.id.startswith("files")] == []


def test_deployment_without_a_scanner_is_warned_of(settings: Any):
    def warned() -> list[str]:
        found = checks.run_checks(tags=["security"], include_deployment_checks=True)
        return [each.id for each in found if each.id.startswith("files")]

    settings.VIRUS_SCANNER = ""
    assert warned() == ["files.W001"]
    settings.VIRUS_SCANNER = "clamd://scanner"
    assert warned() == []

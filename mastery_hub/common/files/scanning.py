"""Asks ClamAV's daemon, where `VIRUS_SCANNER` names one, whether a file carries a virus. No answer is a no.

Of clients for Python none is kept up, and the protocol is one command: the file goes in pieces, each after its length.
"""

import contextlib
import logging
import socket
import struct
import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from mastery_hub.common.errors import DomainError

log = logging.getLogger(__name__)
PATIENCE = 20  # seconds in all: less than a request may take
CONNECTING = 3
PIECE = 64 * 1024
PORT = 3310
LONGEST_ANSWER = 4096
INFECTED = "The selected file contains a virus, so it was not kept. Choose another file"
NO_ANSWER = "We cannot check files for viruses just now. Try again in a few minutes. Nothing you typed is lost."


class _Unanswered(Exception):
    """The scanner said neither yes nor no."""


def virus_refused(file: Any) -> None:
    """Raises DomainError `virus`, or `scanner` when the scanner that is configured does not answer."""
    if not settings.VIRUS_SCANNER:
        return
    try:
        found = _virus_in(file, settings.VIRUS_SCANNER)
    except (OSError, _Unanswered) as error:
        log.error("The virus scanner does not answer: %s", error)
        raise DomainError(NO_ANSWER, code="scanner") from None
    finally:
        file.seek(0)
    if found:
        log.warning("An upload was refused: %s", found)
        raise DomainError(INFECTED, code="virus")


def address_of(url: str) -> tuple[str, int] | str:
    """Of `clamd://host:3310` or `clamd:///run/clamd.sock`; raises ValueError for anything else."""
    parts = urlsplit(url)
    if parts.scheme == "clamd" and parts.hostname and parts.path in ("", "/"):
        return parts.hostname, parts.port or PORT
    if parts.scheme == "clamd" and not parts.netloc and len(parts.path) > 1:
        return parts.path
    raise ValueError(f"VIRUS_SCANNER is {url!r}: give clamd://host:{PORT} or clamd:///run/clamd.sock.")


def _virus_in(file: Any, url: str) -> str:
    """The virus's name; nothing for a clean file."""
    deadline = time.monotonic() + PATIENCE
    with _connected(address_of(url)) as clamd:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it hangs up after saying why
            _send(clamd, b"zINSTREAM\0", deadline)
            file.seek(0)
            while piece := file.read(PIECE):
                _send(clamd, struct.pack("!L", len(piece)) + piece, deadline)
            _send(clamd, struct.pack("!L", 0), deadline)
        answer = _answer(clamd, deadline)
    if answer == "stream: OK":
        return ""
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    raise _Unanswered(answer or "it hung up")


def _connected(address: tuple[str, int] | str) -> socket.socket:
    if not isinstance(address, str):
        return socket.create_connection(address, timeout=CONNECTING)
    local = socket.socket(socket.AF_UNIX)
    local.settimeout(CONNECTING)  # else one whose queue is full would be waited for without end
    try:
        local.connect(address)
    except OSError:
        local.close()
        raise
    return local


def _send(clamd: socket.socket, data: bytes, deadline: float) -> None:
    clamd.settimeout(max(deadline - time.monotonic(), 0.001))
    clamd.sendall(data)


def _answer(clamd: socket.socket, deadline: float) -> str:
    """Up to the NUL that ends it."""
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
        clamd.settimeout(max(deadline - time.monotonic(), 0.001))
        if not (part := clamd.recv(LONGEST_ANSWER)):
            break
        answer += part
    return answer.rstrip(b"\0").decode(errors="replace")

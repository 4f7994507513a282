"""A mail server of our own: as much SMTP as Django speaks."""

import email
import re
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from typing import Any


class Postman(socketserver.StreamRequestHandler):
    """Takes its time over each letter, and none at all while the door is shut."""

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            if line.upper().startswith(b"MAIL"):
                self.server.waiting.set()
                self.server.door.wait()
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                time.sleep(self.server.seconds_a_letter)
                self.server.letters.append(email.message_from_bytes(text))
            self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n")


class PostOffice(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 100

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Postman)
        self.letters: list[Message] = []
        self.seconds_a_letter = 0.05
        self.door, self.waiting = threading.Event(), threading.Event()
        self.door.set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A killed worker hangs up in the middle of a letter."""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    @property
    def message_ids(self) -> list[str]:
        return [letter["Message-ID"] for letter in self.letters]

    def code_for(self, to: str) -> str | None:
        """The newest sign-in code that has arrived there."""
        for letter in reversed(self.letters):
            if letter["To"] == to:
                text = letter.get_payload(0).get_payload(decode=True).decode()
                if found := re.search(r"\b\d{6}\b", text):
                    return found[0]
        return None


@contextmanager
def opened() -> Iterator[PostOffice]:
    with PostOffice() as office:
        threading.Thread(target=office.serve_forever, daemon=True).start()
        yield office
        office.door.set()
        office.shutdown()

"""Work that a web process does by itself, beside its requests, when nobody else has done it."""

import atexit
import logging
import threading
import time
from collections.abc import Callable

from django.db import connections

log = logging.getLogger(__name__)
LAST = 5  # seconds that a process which ends waits for what is in hand


class Errand:
    """Repeats `step` in one thread while it says that something is left, for `lifetime` after the last ask.

    Each step comes `pause` seconds after it was asked for, which gives those whose work it is the time to do it.
    """

    def __init__(self, step: Callable[[], bool], pause: float, lifetime: float) -> None:
        self.step, self.pause, self.lifetime = step, pause, lifetime
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self.thread: threading.Thread | None = None
        self.asked_at = 0.0
        atexit.register(self.end)

    def begin(self) -> None:
        with self.lock:
            self.asked_at = time.monotonic()
            if self.thread is None:
                self.thread = threading.Thread(target=self._run, name="errand", daemon=True)
                self.thread.start()

    def end(self) -> None:
        """What is in hand is finished; the rest is left to others."""
        self.ending.set()
        if thread := self.thread:
            thread.join(LAST)

    def _run(self) -> None:
        while not self.ending.wait(self.pause):
            begun = time.monotonic()
            left = self._try()
            with self.lock:
                asked_meanwhile = begun < self.asked_at + self.pause
                lasting = begun < self.asked_at + self.lifetime
                if not (asked_meanwhile or (left and lasting)):
                    self.thread = None  # under the lock: whoever asks from now on gets a new one
                    return

    def _try(self) -> bool:
        try:
            return self.step()
        except Exception as error:  # most likely the database is away too: it may be back at the next step
            log.warning("An errand could not be done yet: %s", error)
            return True
        finally:
            connections.close_all()

"""Failures that pass by themselves: the database is away, or slow, or the disk has no room.

They end on a page that says so (503), never as a fault of ours (500). Everything else stays a fault.
"""

import errno
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, OperationalError


@dataclass(frozen=True)
class Outage:
    """What whoever waits is told; `seconds` is when to come back."""

    title: str
    sentence: str
    seconds: int


DATABASE_AWAY = Outage(
    "The service cannot reach its database",
    "This usually lasts a few minutes. Everything you saved before is safe.",
    seconds=60,
)
TOO_SLOW = Outage(
    "This took too long",
    "The service is busy, so it stopped waiting. Everything you saved before is safe.",
    seconds=15,
)
NO_ROOM = Outage(
    "The service cannot save anything at the moment",
    "We have to make room for it first. Everything you saved before is safe.",
    seconds=300,
)
# PostgreSQL's own codes: whole ones, or the class that the first two characters name
BY_SQLSTATE = {
    "57014": TOO_SLOW,  # statement_timeout
    "55P03": TOO_SLOW,  # lock_timeout
    "25P03": TOO_SLOW,  # idle_in_transaction_session_timeout
    "40": TOO_SLOW,  # deadlock, serialization failure
    "53100": NO_ROOM,  # disk full
    "25006": NO_ROOM,  # read-only, as a standby is
    "08": DATABASE_AWAY,
    "53": DATABASE_AWAY,  # too many connections, no memory
    "57P": DATABASE_AWAY,  # shutting down, starting up, crashed
    "58": DATABASE_AWAY,  # its files cannot be read
}


def outage_of(error: BaseException | None) -> Outage | None:
    """None when the error is a fault of ours."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):  # where uploaded files are kept
        return NO_ROOM
    if not isinstance(error, (DatabaseError, InterfaceError)):
        return None
    if code := getattr(error.__cause__, "pgcode", None):
        return BY_SQLSTATE.get(code) or BY_SQLSTATE.get(code[:3]) or BY_SQLSTATE.get(code[:2])
    # without a code the server said nothing: it was not there, or went away, at once or earlier in this request
    lost = isinstance(error, InterfaceError) and "connection already closed" in str(error)
    return DATABASE_AWAY if lost or isinstance(error, OperationalError) else None

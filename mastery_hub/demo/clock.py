"""The demo's clock: real time and an offset, which web, worker and beat read from one small file."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

_read: tuple[int, timedelta] = (0, timedelta(0))  # the file's age when it was last read, and what stood in it
_told: datetime | None = None


def _file() -> Path:
    return settings.PLACE.home / "clock"


def offset() -> timedelta:
    global _read
    try:
        changed = _file().stat().st_mtime_ns
    except FileNotFoundError:
        return timedelta(0)
    if changed != _read[0]:
        _read = changed, timedelta(seconds=float(_file().read_text() or 0))
    return _read[1]


def rules() -> bool:
    """Whether this is the clock that the site goes by."""
    return f"{__name__}.now" == settings.CLOCK


def now() -> datetime:
    return _told or timezone.now() + offset()


def move(by: timedelta) -> None:
    """Puts the clock on or back. The file is replaced, so that nobody reads half of it."""
    _write(offset() + by)


def move_to(moment: datetime) -> None:
    _write(moment - timezone.now())


def back() -> None:
    _file().unlink(missing_ok=True)


def _write(away: timedelta) -> None:
    _file().parent.mkdir(parents=True, exist_ok=True)
    fresh = _file().with_suffix(".new")
    fresh.write_text(str(away.total_seconds()))
    fresh.replace(_file())


@contextmanager
def told(moment: datetime) -> Iterator[None]:
    """For whoever writes the demo's past: inside, this process alone believes that it is `moment`."""
    global _told
    before, _told = _told, moment
    try:
        yield
    finally:
        _told = before

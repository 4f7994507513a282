"""Runs of the register's import: one after the other, each recorded, whether it was done, refused or died.

Whoever imports holds the database's lock for as long as its connection lives. So a run that is marked as running while
somebody else gets the lock has lost its process, and nothing of it was kept: it may begin again.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.db import connection, transaction

from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.enums import ImportKind, ImportStatus
from mastery_hub.directory.models import RegisterImport
from mastery_hub.directory.register.extract import Extract
from mastery_hub.directory.services.links import LinksImport
from mastery_hub.directory.services.schools import SchoolsImport

log = logging.getLogger(__name__)
LOCK = "hashtext('register_import')"
TELL_EVERY = 0.5  # seconds between two notes of how far a run has come
Told = Callable[[int], None]


class Work(Protocol):
    """What an import of either kind does: `read` takes the time, `write` is one short transaction."""

    extract: Extract
    noun: tuple[str, str]

    def read(self) -> None: ...
    def write(self) -> dict[str, Any]: ...
    def close(self) -> None: ...

    @property
    def found(self) -> int: ...
    @property
    def usual(self) -> int: ...


WORK: dict[ImportKind, Callable[[Path, Told], Work]] = {
    ImportKind.SCHOOLS: SchoolsImport,
    ImportKind.LINKS: LinksImport,
}


def register_import(
    *,
    path: Path,
    by: Any,
    name: str = "",
    kind: str = ImportKind.SCHOOLS,
    forced: bool = False,
    told: Told = lambda read: None,
) -> RegisterImport:
    """Brings the register up to date with one file, all of it or nothing; schools that the file lacks stay as they are.

    `told` hears how many bytes are read. A file with fewer than half the usual rows is refused unless `forced`. An
    English authority that nobody knew is made and named in the result. Raises DomainError, having recorded the run:
    `missing-columns`, `empty`, `unreadable`, `too-few`.
    """
    with _alone():
        _bury_the_dead()
        run = RegisterImport.objects.create(
            kind=kind, by=by, forced=forced, file_name=name or path.name, size=path.stat().st_size,
            status=ImportStatus.RUNNING, attempts=1,
        )  # fmt: skip
        return _run(run, path, told)


@contextmanager
def _alone() -> Iterator[None]:
    """The lock is the connection's, not a transaction's: reading needs none."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock({LOCK})")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock({LOCK})")


def _bury_the_dead() -> None:
    """Called by whoever holds the lock: a run without it has no process any more."""
    RegisterImport.objects.filter(status=ImportStatus.RUNNING).update(
        status=ImportStatus.FAILED, finished_at=clock.now(), reason="The import was stopped before its end."
    )


def _run(run: RegisterImport, path: Path, told: Told) -> RegisterImport:
    try:
        with closing(WORK[ImportKind(run.kind)](path, _noted(run, told))) as work:
            _bring(run, work)
    except DomainError as refused:
        _finish(run, ImportStatus.REFUSED, refusal=refused.code, reason=refused.message)
        raise
    except Exception:
        _finish(run, ImportStatus.FAILED, reason="Something went wrong that the file is not to blame for.")
        raise
    return run


def _bring(run: RegisterImport, work: Work) -> None:
    run.checksum = work.extract.checksum
    work.read()
    run.rows, run.read = work.extract.count, work.extract.size
    run.rejections, run.rejected = work.extract.rejections, len(work.extract.rejections)
    if not run.forced:
        _refuse_few(work.found, work.usual, work.noun)
    with transaction.atomic():
        for count, value in work.write().items():
            setattr(run, count, value)
        _finish(run, ImportStatus.DONE)


def _refuse_few(found: int, usual: int, noun: tuple[str, str]) -> None:
    if found * 2 < usual:
        raise DomainError(
            f"The file has {found:,} {noun[found != 1]}, fewer than half of the {usual:,} known here."
            " Nothing was imported.",
            "too-few",
        )


def _finish(run: RegisterImport, status: ImportStatus, *, refusal: str = "", reason: str = "") -> None:
    run.status, run.finished_at, run.refusal, run.reason = status, clock.now(), refusal, reason[:500]
    run.save()


def _noted(run: RegisterImport, told: Told) -> Told:
    """Passes on how far the run has come, and keeps it in the row now and then for those who look at the page."""
    last = time.monotonic()

    def note(read: int) -> None:
        nonlocal last
        told(read)
        if time.monotonic() - last > TELL_EVERY:
            RegisterImport.objects.filter(pk=run.pk).update(read=read)
            last = time.monotonic()

    return note

"""Runs of the register's import: one after the other, each recorded, whether it was done, refused or died.

Whoever imports holds the database's lock for as long as its connection lives. So a run that is marked as running while
somebody else gets the lock has lost its process, and nothing of it was kept: it may begin again.
"""

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

from django.core.files.base import File
from django.db import connection, transaction

from mastery_hub.celery import nudge
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.enums import ImportKind, ImportStatus
from mastery_hub.directory.models import RegisterImport
from mastery_hub.directory.models.register import TOO_FEW
from mastery_hub.directory.permissions import can_import_register
from mastery_hub.directory.register.extract import Extract
from mastery_hub.directory.services.links import LinksImport
from mastery_hub.directory.services.schools import SchoolsImport

log = logging.getLogger(__name__)
LOCK = "hashtext('register_import')"
ATTEMPTS = 3  # of an upload whose worker dies
LONGEST_HEAD = 100_000  # bytes: no first line of the register's files comes near
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
        _recover_the_lost()
        run = RegisterImport.objects.create(
            kind=kind, by=by, forced=forced, file_name=name or path.name, size=path.stat().st_size,
            status=ImportStatus.RUNNING, attempts=1,
        )  # fmt: skip
        return _run(run, nullcontext(path), told)


@transaction.atomic
def register_upload(*, file: "File[bytes]", by: Any) -> RegisterImport:
    """Keeps the file until a worker has imported it; whether it tells of schools or links, its first line says."""
    _refuse_others(by)
    kind = ImportKind.LINKS if b"LinkURN" in file.readline(LONGEST_HEAD) else ImportKind.SCHOOLS
    file.seek(0)
    run = RegisterImport.objects.create(kind=kind, by=by, file=file, size=file.size)
    transaction.on_commit(register_nudge, robust=True)
    return run


@transaction.atomic
def register_insist(*, run: RegisterImport, by: Any) -> RegisterImport:
    """A file that was refused as too short is right after all: a run of its own, so that both stay on record."""
    _refuse_others(by)
    refused = RegisterImport.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if not refused.may_be_insisted_on:
        raise DomainError(register_why_not_insist(refused), "gone")
    again = RegisterImport(kind=refused.kind, by=by, forced=True, size=refused.size, file_name=refused.file_name)
    again.file = refused.file.name
    again.save()
    refused.file.delete()
    transaction.on_commit(register_nudge, robust=True)
    return again


def register_why_not_insist(run: RegisterImport) -> str:
    if run.refusal != TOO_FEW:
        return "Only a file that was refused for its few rows can be imported all the same."
    if run.insisted_on_as:
        return "Somebody has said already that this file is to be imported all the same."
    return "This file is no longer kept: another one was imported after it. Upload it again if you need it."


def register_nudge() -> None:
    nudge("mastery_hub.directory.tasks.register_run")


def register_run_waiting() -> int:
    """What a worker does: one upload after the other, unless somebody else is at it. Returns how many it ended."""
    ended = 0
    with _alone(wait=False) as mine:
        if mine:
            _recover_the_lost()
        while mine and (run := _next()):
            try:
                _run(run, _fetched(run))
            except DomainError as refused:
                log.info("Import %s was refused: %s", run.pk, refused.code)
            except Exception:  # told in the row; the next upload is not to blame
                log.exception("Import %s failed", run.pk)
            ended += 1
    return ended


@contextmanager
def _alone(wait: bool = True) -> Iterator[bool]:
    """The lock is the connection's, not a transaction's: reading needs none."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock({LOCK})" if wait else f"SELECT pg_try_advisory_lock({LOCK})")
        if cursor.fetchone()[0] is False:
            yield False
            return
    try:
        yield True
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock({LOCK})")


def _recover_the_lost() -> None:
    """Called by whoever holds the lock: a run without it has no process any more. An upload begins again."""
    lost = RegisterImport.objects.running()
    lost.with_file().filter(attempts__lt=ATTEMPTS).update(status=ImportStatus.WAITING)
    lost.update(status=ImportStatus.FAILED, finished_at=clock.now(), reason="The import was stopped before its end.")


def _next() -> RegisterImport | None:
    run = RegisterImport.objects.waiting().select_related("by").first()
    if run:
        run.status, run.attempts, run.started_at, run.read = ImportStatus.RUNNING, run.attempts + 1, clock.now(), 0
        run.save(update_fields=["status", "attempts", "started_at", "read"])
    return run


@contextmanager
def _fetched(run: RegisterImport) -> Iterator[Path]:
    """The upload as a file of this machine, wherever it is stored."""
    with run.file.open("rb") as stored, NamedTemporaryFile() as copy:
        shutil.copyfileobj(stored, copy)
        copy.flush()
        yield Path(copy.name)


def _run(run: RegisterImport, source: AbstractContextManager[Path], told: Told = lambda read: None) -> RegisterImport:
    try:
        with source as path, closing(WORK[ImportKind(run.kind)](path, _noted(run, told))) as work:
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
    RegisterImport.objects.filter(pk=run.pk).update(read=run.read)
    with transaction.atomic():
        for count, value in work.write().items():
            setattr(run, count, value)
        for older in RegisterImport.objects.finished().with_file().filter(kind=run.kind):
            older.file.delete()  # nobody will insist on it any more
        _finish(run, ImportStatus.DONE)


def _refuse_few(found: int, usual: int, noun: tuple[str, str]) -> None:
    if found * 2 < usual:
        raise DomainError(
            f"The file has {found:,} {noun[found != 1]}, fewer than half of the {usual:,} known here."
            " Nothing was imported.",
            TOO_FEW,
        )


def _refuse_others(by: Any) -> None:
    if not can_import_register(by):
        raise DomainError("Only NCETM can import the schools register.", "not-allowed")


def _finish(run: RegisterImport, status: ImportStatus, *, refusal: str = "", reason: str = "") -> None:
    run.status, run.finished_at, run.refusal, run.reason = status, clock.now(), refusal, reason[:500]
    if not run.may_be_insisted_on:
        run.file.delete(save=False)
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

"""A backup of everything that people gave the service, and the way back.

The dump is taken first and the files are copied after. A row in the dump names a file that was on the disk before the
row's transaction committed; files are never changed; and none is removed while the backup holds its lock. So every file
that the dump names is copied as it was, without stopping anything.
"""

import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.dispatch import Signal

from mastery_hub.common.backups.archive import DUMP, FILES, PIECE, Archive, Writing, archive_written, sha256_of
from mastery_hub.common.backups.postgres import database_up, dump_to, load_from, server_version
from mastery_hub.common.errors import DomainError
from mastery_hub.common.files.locks import backup_may_begin
from mastery_hub.common.files.storage import private_storage
from mastery_hub.common.files.sweeping import stored_files

# Sent when a backup's rows are back and migrated. A receiver puts right what time has overtaken, says it in a sentence
database_restored = Signal()


def backup_take(*, to: Path) -> Path:
    """Writes the archive to the file `to`, or under the time's name into the folder `to`; returns where it is.

    Raises DomainError with a sentence, and then leaves nothing behind."""
    path = to / time.strftime("mastery-hub-%Y%m%dT%H%M%SZ.zip", time.gmtime()) if to.is_dir() else to
    storage_folder = Path(settings.PRIVATE_ROOT).resolve()
    if storage_folder in path.resolve().parents:
        raise DomainError("A backup among the files it holds would hold itself: name another folder.", code="inside")
    with database_up(), transaction.atomic():
        if not backup_may_begin(connection):
            raise DomainError("A backup is being taken already: wait until it is done.", code="busy")
        with archive_written(path) as archive:
            archive.add(DUMP, dump_to)
            _files_copy(archive)
            archive.finish(
                made_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                mode=settings.MODE,
                site=settings.SITE_URL,
                postgres=server_version(),
                migrations=sorted(_known_migrations() & _applied_migrations()),
            )
            connection.ensure_connection()
            _still_locked()
    return path


def _known_migrations() -> set[str]:
    return {".".join(key) for key in MigrationLoader(None).disk_migrations}


def _applied_migrations() -> set[str]:
    return {".".join(key) for key in MigrationRecorder(connection).applied_migrations()}


def _files_copy(archive: Writing) -> None:
    storage = private_storage()
    for name in stored_files(storage):
        with storage.open(name) as file:
            archive.add(f"{FILES}{name}", partial(shutil.copyfileobj, file, length=PIECE))


def _still_locked() -> None:
    """Raises what the database raises when the connection, and the lock with it, was lost on the way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def backup_check(*, path: Path) -> dict[str, Any]:
    """Reads all of an archive and returns its manifest; raises DomainError when a byte is not what it was."""
    with Archive(path) as archive:
        archive.check()
        return archive.manifest


def backup_restore(
    *, path: Path, replace: bool = False, keep_queue: bool = False, tell: Callable[[str], None] = print
) -> None:
    """Files first, so that no row names a missing one, then the database in one transaction, then what is overtaken.

    A database that holds tables is refused unless it is to be replaced; so is an archive that is damaged, made by a
    newer version of the service, or by a demo for production and the other way round. `keep_queue` leaves emails that
    were waiting to be sent."""
    with Archive(path) as archive, database_up():
        _fits(archive.manifest)
        tables = connection.introspection.table_names()
        if tables and not replace:
            raise DomainError("The database is not empty. To lose what it holds, add --replace.", code="not-empty")
        if others := _others_connected():
            raise DomainError(
                f"{others} others use the database: stop web, workers and beat first.",
                code="in-use",
            )
        archive.check()
        tell(f"{_files_restore(archive)} files restored.")
        with archive.open(DUMP) as dumped:
            load_from(dumped, replace=bool(tables))
        call_command("migrate", verbosity=0)
        tell(f"The database is as it was at {archive.manifest['made_at']}. Everybody signs in again.")
        for _, sentence in database_restored.send(sender=None, keep_queue=keep_queue):
            tell(str(sentence))


def _fits(manifest: dict[str, Any]) -> None:
    if manifest["mode"] != settings.MODE:
        raise DomainError(f"The backup is of a {manifest['mode']} site, and this is {settings.MODE}.", code="mode")
    if newer := sorted(set(manifest["migrations"]) - _known_migrations()):
        raise DomainError(
            f"The backup was made by another version of the service, which has {newer[-1]}: restore it with that one.",
            code="version",
        )


def _others_connected() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def _files_restore(archive: Archive) -> int:
    """A file that is there already is the same, as a name is given once, unless a restore was killed while it wrote.

    What is there besides, the sweep will find."""
    storage, restored = private_storage(), 0
    for name in archive.files:
        entry = f"{FILES}{name}"
        if storage.exists(name):
            with storage.open(name) as there:
                if sha256_of(there) == archive.sha256[entry]:
                    continue
            storage.delete(name)
        with archive.open(entry) as content:
            storage.save(name, File(content))
        restored += 1
    return restored

"""Removes what a crash between a file and its row left over, and what a backup kept from going at once."""

import time
from collections.abc import Iterator

import pghistory.models
from django.apps import apps
from django.core.files.storage import Storage
from django.db import connection, transaction

from mastery_hub.common.errors import DomainError
from mastery_hub.common.files.fields import PrivateFileField
from mastery_hub.common.files.locks import may_remove
from mastery_hub.common.files.storage import private_storage

GRACE = 24 * 60 * 60  # seconds: well over any request whose row is still to come
BATCH = 1000
SUSPICIOUS = 100  # files that nothing names, where they are most of what there is: probably another site's


def private_fields() -> list[PrivateFileField]:
    """Of the rows that own files: history keeps the names of files that are gone."""
    owners = (model for model in apps.get_models() if not issubclass(model, pghistory.models.Event))
    return [field for model in owners for field in model._meta.local_fields if isinstance(field, PrivateFileField)]


def stored_files(storage: Storage, folder: str = "") -> Iterator[str]:
    """Every name in storage."""
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever stored
        return
    for name in sorted(names):
        yield f"{folder}{name}"
    for inner in sorted(folders):
        yield from stored_files(storage, f"{folder}{inner}/")


@transaction.atomic
def files_sweep(*, remove: bool = True, trust: bool = False) -> int:
    """How many files no row names and a day has passed over; with `remove`, they are gone.

    Raises DomainError `busy` while a backup is taken, and `suspicious`, unless told to `trust`, where most of what is
    stored would go: a second site that was given this folder by mistake must not empty it."""
    if not may_remove(connection):
        raise DomainError("A backup is being taken: nothing is removed until it is done.", code="busy")
    storage = private_storage()
    names = list(stored_files(storage))
    before = time.time() - GRACE
    old = [name for name in names if storage.get_modified_time(name).timestamp() < before]
    orphans = [name for start in range(0, len(old), BATCH) for name in _unnamed(old[start : start + BATCH])]
    if remove and not trust and len(orphans) > max(SUSPICIOUS, len(names) / 2):
        raise DomainError(
            f"{len(orphans)} of {len(names)} files belong to no row of this database. Is PRIVATE_ROOT another site's?",
            code="suspicious",
        )
    for name in orphans if remove else ():
        storage.delete(name)
    return len(orphans)


def _unnamed(names: list[str]) -> list[str]:
    named: set[str] = set()
    for field in private_fields():
        rows = field.model._base_manager.filter(**{f"{field.attname}__in": names})
        named.update(rows.values_list(field.attname, flat=True))
    return [name for name in names if name not in named]

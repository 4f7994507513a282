"""Where private files lie: a folder that no web server serves, and no storage that somebody could use by accident."""

import os
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages


def private_storage() -> Storage:
    return storages["private"]


class PrivateFolder(FileSystemStorage):
    """The folder `PRIVATE_ROOT`, readable by the service's own user alone. A file has no address: a view streams it."""

    file_permissions_mode = 0o600
    directory_permissions_mode = 0o700

    @property
    def base_location(self) -> str:
        return str(settings.PRIVATE_ROOT)

    @property
    def location(self) -> str:
        return os.path.abspath(self.base_location)

    def url(self, name: str | None) -> NoReturn:
        raise ValueError("A private file has no address: link to a view that checks who may read it.")

    def _save(self, name: str, content: File) -> str:
        """On the disk before the row that names it commits, so that a power cut leaves no row without its file."""
        name = super()._save(name, content)  # type: ignore[misc]  # which its types leave out
        for path in (self.path(name), os.path.dirname(self.path(name))):
            opened = os.open(path, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
        return name


class NoStorage(Storage):
    """Django's default storage here: whatever forgets to say that it is private is told so, and stores nothing."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ImproperlyConfigured("Files are private here: use PrivateFileField, or storages['private'].")

    _open = _save = exists = delete = path = url = size = listdir = _refuse

"""The one file that a backup is: a ZIP of the database's dump, every private file, and what vouches for them.

`manifest.json` is written last, so that an archive that has one is whole.
"""

import contextlib
import errno
import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from mastery_hub.common.errors import DomainError

DUMP = "database.dump"
FILES = "files/"
MANIFEST = "manifest.json"
PIECE = 1024 * 1024
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Writing:
    """An archive while it grows. What is written is packed no further: the dump and most documents are already."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.sha256: dict[str, str] = {}

    def add(self, name: str, write: Callable[[Any], None]) -> None:
        with self.archive.open(name, "w", force_zip64=True) as entry:
            hashed = _Hashed(entry)
            write(hashed)
        self.sha256[name] = hashed.digest.hexdigest()

    def finish(self, **facts: Any) -> None:
        self.archive.writestr(MANIFEST, json.dumps(facts | {"sha256": self.sha256}, indent=1))


class _Hashed:
    def __init__(self, out: IO[bytes]) -> None:
        self.out = out
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self.out.write(data)


@contextlib.contextmanager
def archive_written(path: Path) -> Iterator[Writing]:
    """`path` appears when all of it is on the disk; until then it is `<path>.part`, readable by its owner alone."""
    part = path.with_name(f"{path.name}.part")
    if path.exists():
        raise DomainError(f"{path} is there already: name another file, or a folder.", code="exists")
    try:
        part.unlink(missing_ok=True)  # of one that was killed: no other runs now
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
                yield Writing(archive)
            out.flush()
            os.fsync(out.fileno())
        part.rename(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        reason = f"There is no room for it in {path.parent}" if error.errno in NO_ROOM else str(error)
        raise DomainError(
            f"The backup could not be written, and nothing was kept. {reason}.", code="unwritten"
        ) from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def sha256_of(file: Any) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()


class Archive:
    """A finished archive, opened to be checked and read. Raises DomainError `unreadable` for what is none."""

    def __init__(self, path: Path) -> None:
        try:
            self.zip = zipfile.ZipFile(path)
            self.manifest: dict[str, Any] = json.loads(self.zip.read(MANIFEST))
            self.sha256: dict[str, str] = self.manifest["sha256"]
        except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
            raise DomainError(f"{path} is no whole backup: {error}", code="unreadable") from None

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self.zip.close()

    @property
    def files(self) -> list[str]:
        """Names in private storage."""
        return [name.removeprefix(FILES) for name in self.sha256 if name.startswith(FILES)]

    def check(self) -> None:
        """Every byte against what vouches for it, before any of it is used."""
        if {*self.sha256, MANIFEST} != set(self.zip.namelist()) or DUMP not in self.sha256:
            raise DomainError("The backup does not hold what it says it holds: use another.", code="damaged")
        for name, expected in self.sha256.items():
            try:
                with self.open(name) as entry:
                    found = sha256_of(entry)
            except (OSError, zipfile.BadZipFile):
                found = ""
            if found != expected:
                raise DomainError(f"The backup is damaged ({name}): use another.", code="damaged")

    def open(self, name: str) -> IO[bytes]:
        return self.zip.open(name)

"""Word documents, told from whatever else lies in the same two containers, and those with macros or a password.

Nothing is unpacked but one small part, and a document in which that is larger than `PART` is refused: an archive may
promise little and hold much.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

CHUNK = 1024 * 1024
ENTRIES = 2_000  # a Word document has some dozens; each costs memory before it is looked at
UNPACKED = 500 * 1024 * 1024  # a document of ten megabytes with pictures unpacks to little more
PART = 1024 * 1024
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of Office 97 to 2003
UNREADABLE = (  # all that zipfile raises over what is no archive, or a damaged one
    zipfile.BadZipFile, zlib.error, struct.error, KeyError, NotImplementedError, OSError, RuntimeError, ValueError,
    OverflowError, EOFError,
)  # fmt: skip
MAIN_PART = b"wordprocessingml.document.main+xml"
MACROS = re.compile(r"vbaProject|macroEnabled", re.IGNORECASE)
NO_MACROS = "holds macros, which could do harm. Save it without them, or as a PDF, and choose it again"
NO_PASSWORD = "is protected with a password. Save it without one and choose it again"
TOO_DEEP = "unpacks to far more than a document holds. Save it as a PDF and choose that"


def is_docx(file: Any) -> bool:
    return "word/document.xml" in _entries(file)


def docx_problem(file: Any) -> str:
    entries = _entries(file)
    if sum(entries.values()) > UNPACKED:
        return TOO_DEEP
    types = _content_types(file)
    if any(MACROS.search(name) for name in entries) or MACROS.search(types.decode(errors="ignore")):
        return NO_MACROS
    return "" if MAIN_PART in types else "cannot be read. Save it again in Word, or as a PDF, and choose that"


def is_doc(file: Any) -> bool:
    return _is_ole(file) and _holds(file, "WordDocument")


def doc_problem(file: Any) -> str:
    return NO_MACROS if _holds(file, "_VBA_PROJECT") else ""


def has_password(file: Any) -> bool:
    """Office puts an encrypted document of today into the container of yesterday."""
    return _is_ole(file) and _holds(file, "EncryptedPackage")


def other_office_kind(file: Any) -> str:
    """What an Office file is that is no Word document, in words."""
    if _is_ole(file):
        return "that of another Office program"
    entries = _entries(file)
    programs = {"xl/workbook.xml": "an Excel workbook", "ppt/presentation.xml": "a PowerPoint presentation"}
    return next((said for part, said in programs.items() if part in entries), "that of a .zip file" if entries else "")


def _entries(file: Any) -> dict[str, int]:
    """Names and promised sizes of what an archive holds; nothing for what is no archive, or one made to exhaust us."""
    file.seek(0)
    if file.read(4) != b"PK\x03\x04" or sum(chunk.count(b"PK\x01\x02") for chunk in _chunks(file)) > ENTRIES:
        return {}
    try:
        with zipfile.ZipFile(file) as archive:
            return {entry.filename: entry.file_size for entry in archive.infolist()}
    except UNREADABLE:
        return {}


def _content_types(file: Any) -> bytes:
    try:
        with zipfile.ZipFile(file) as archive:
            entry = archive.getinfo("[Content_Types].xml")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others ask for memory first
                return b""
            with archive.open(entry) as part:
                types = part.read(PART + 1)
    except UNREADABLE:
        return b""
    return types if len(types) <= PART else b""  # what comes after could name macros


def _is_ole(file: Any) -> bool:
    file.seek(0)
    return file.read(len(OLE)) == OLE


def _holds(file: Any, stream: str) -> bool:
    """Whether the container names such a stream. Names are UTF-16 and begin at multiples of 128 bytes."""
    name = re.compile(re.escape(f"{stream}\0".encode("utf-16-le")))
    return any(found.start() % 128 == 0 for chunk in _chunks(file) for found in name.finditer(chunk))


def _chunks(file: Any) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk

"""The kinds of file that the service takes, told by their content: an ending and a browser's word prove nothing.

The signatures here decide. puremagic, which knows hundreds of kinds by two bytes and more, only helps to name what came
instead: by its word alone, a table whose first column is called "BMI" would be a picture.
"""

import codecs
import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import puremagic

from mastery_hub.common.errors import DomainError
from mastery_hub.common.files import word

HEAD = 64 * 1024
CHUNK = 1024 * 1024
ENCRYPTED = re.compile(rb"/Encrypt\s*(?:\d{1,10}\s+\d{1,5}\s+R\b|<<)")  # in the trailer, which is never packed
LONGEST_ENTRY = 64  # of those in bytes, that one may lie across two chunks
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f]")
NOT_PLAIN = re.compile(r"\s*(<[!?a-z]|\{\\rtf|%PDF-|%!PS)", re.IGNORECASE)
NAMED_OTHERWISE = {
    "exe",
    "gif",
    "gz",
    "heif",
    "html",
    "mov",
    "mp4",
    "odt",
    "ods",
    "ps",
    "rar",
    "rtf",
    "tif",
    "webp",
    "7z",
    "zip",
}


def _starts(*signatures: bytes) -> Callable[[Any], bool]:
    def fits(file: Any) -> bool:
        file.seek(0)
        return file.read(16).startswith(signatures)

    return fits


def encoding_of(file: Any) -> str:
    """UTF-8, else the Windows code page that older spreadsheets and the schools register write; "" if it is no text."""
    for encoding in ("utf-8-sig", "cp1252"):
        file.seek(0)
        decode = codecs.getincrementaldecoder(encoding)().decode
        try:
            while chunk := file.read(CHUNK):
                if CONTROLS.search(chunk):
                    return ""
                decode(chunk)
            decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    return ""


def _is_text(file: Any) -> bool:
    return bool(encoding := encoding_of(file)) and not NOT_PLAIN.match(_head(file, encoding))


def _head(file: Any, encoding: str) -> str:
    file.seek(0)
    return file.read(HEAD).decode(encoding, errors="ignore")


def _pdf_problem(file: Any) -> str:
    """Neither a reader nor a program that looks for viruses can open one that is encrypted."""
    file.seek(0)
    end = b""
    while chunk := file.read(CHUNK):
        if ENCRYPTED.search(end + chunk):
            return "is protected with a password or against changes. Print it to a new PDF and choose that"
        end = chunk[-LONGEST_ENTRY:]
    return ""


def _table_problem(file: Any) -> str:
    """A spreadsheet saved as CSV names its columns in its first line."""
    names = next(csv.reader(_head(file, encoding_of(file)).splitlines()), [])
    if any(re.search(r"[^\W\d_]", name) for name in names):
        return ""
    return "has no names of columns in its first line. Add them and choose it again"


@dataclass(frozen=True)
class Kind:
    """`problem` says what is wrong with a file that is of this kind, in words that follow its name."""

    name: str  # what a row's column holds and a form's field asks for
    called: str  # with its article, in a sentence
    content_type: str
    endings: tuple[str, ...]
    fits: Callable[[Any], bool]
    problem: Callable[[Any], str] = lambda file: ""


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KINDS = {
    kind.name: kind
    for kind in (
        Kind("pdf", "a PDF", "application/pdf", (".pdf",), _starts(b"%PDF-"), _pdf_problem),
        Kind("png", "a PNG image", "image/png", (".png",), _starts(b"\x89PNG\r\n\x1a\n")),
        Kind("jpeg", "a JPEG image", "image/jpeg", (".jpg", ".jpeg"), _starts(b"\xff\xd8\xff")),
        Kind("docx", "a Word document", DOCX, (".docx",), word.is_docx, word.docx_problem),
        Kind("doc", "an older Word document", "application/msword", (".doc",), word.is_doc, word.doc_problem),
        Kind("txt", "a text file", "text/plain", (".txt",), _is_text),
        Kind("csv", "a CSV file", "text/csv", (".csv",), _is_text, _table_problem),
    )
}
IMAGES = ("png", "jpeg")


def content_type(name: str) -> str:
    """What is sent with a file of the kind that a row's column names; without one, mere bytes."""
    return KINDS[name].content_type if name in KINDS else "application/octet-stream"


def kind_checked(file: Any, *, name: str, kinds: Sequence[str]) -> Kind:
    """The one of `kinds` that the file is, by its ending and by its content.

    Raises DomainError `type`, `content` or `unusable` with a sentence that says what to do."""
    ending = PurePath(name).suffix.lower()
    kind = next((KINDS[each] for each in kinds if ending in KINDS[each].endings), None)
    if kind is None:
        raise DomainError(f"The selected file must be {kinds_listed(kinds)}", code="type")
    try:
        if word.has_password(file):
            raise DomainError(f"{name} {word.NO_PASSWORD}", code="unusable")
        if not kind.fits(file):
            raise DomainError(_mistaken(file, name, kind), code="content")
        if problem := kind.problem(file):
            raise DomainError(f"{name} {problem}", code="unusable")
    finally:
        file.seek(0)
    return kind


def kinds_listed(kinds: Sequence[str]) -> str:
    """a PDF (.pdf) or a Word document (.docx)."""
    said = [f"{KINDS[each].called} ({' or '.join(KINDS[each].endings)})" for each in kinds]
    return " or ".join(filter(None, [", ".join(said[:-1]), said[-1]]))


def _mistaken(file: Any, name: str, kind: Kind) -> str:
    found = _what(file)
    told = f"its content is {found}" if found else "it may be damaged"
    return f"{name} is not {kind.called}: {told}. Save it as {kind.called} and choose it again"


def _what(file: Any) -> str:
    """What a file is that is not what it should be, as far as that is certain."""
    known = next((kind.called for kind in KINDS.values() if kind.fits(file)), "") or word.other_office_kind(file)
    if known:
        return known
    file.seek(0)
    try:
        matches = puremagic.magic_string(file.read(HEAD))
    except (puremagic.PureError, ValueError):
        return ""
    endings = (match.extension.lstrip(".") for match in matches)
    return next((f"that of a .{ending} file" for ending in endings if ending in NAMED_OTHERWISE), "")

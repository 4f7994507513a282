import io
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mastery_hub.common.errors import DomainError
from mastery_hub.common.files import word
from mastery_hub.common.files.kinds import CHUNK, KINDS, content_type, encoding_of, kind_checked, kinds_listed
from mastery_hub.common.files.word import ENTRIES, PART
from tests.common.files import samples

ALL = tuple(KINDS)


def found(content: bytes, name: str, *kinds: str) -> str:
    """The kind, or the sentence that refuses it."""
    try:
        return kind_checked(io.BytesIO(content), name=name, kinds=kinds or ALL).name
    except DomainError as refused:
        return refused.message


def test_every_kind_has_a_sample():
    assert samples.BY_KIND.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_kind_is_told_by_ending_and_content_together(kind: Any):
    for ending in kind.endings:
        assert found(samples.BY_KIND[kind.name], f"Letter{ending.upper()}", kind.name) == kind.name


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_content_of_another_kind_is_refused(kind: Any):
    """Any text is a text file, a table too."""
    for name, content in samples.BY_KIND.items():
        if name != kind.name and {name, kind.name} != {"txt", "csv"}:
            file, what = f"a{kind.endings[0]}", KINDS["txt" if name == "csv" else name].called
            refused = (
                f"{file} is not {kind.called}: its content is {what}. Save it as {kind.called} and choose it again"
            )
            assert found(content, file) == refused


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (
            samples.PNG,
            "report.pdf",
            "report.pdf is not a PDF: its content is a PNG image. Save it as a PDF and choose it again",
        ),
        (
            samples.GIF,
            "a.png",
            "a.png is not a PNG image: its content is that of a .gif file. Save it as a PNG image and choose it again",
        ),
        (
            samples.EXE,
            "a.pdf",
            "a.pdf is not a PDF: its content is that of a .exe file. Save it as a PDF and choose it again",
        ),
        (
            samples.XLSX,
            "a.csv",
            "a.csv is not a CSV file: its content is an Excel workbook. Save it as a CSV file and choose it again",
        ),
        (
            samples.ole("Workbook"),
            "a.doc",
            (
                "a.doc is not an older Word document: its content is that of another Office program."
                " Save it as an older Word document and choose it again"
            ),
        ),
        (
            b"<!DOCTYPE html><title>Sign in</title>",
            "a.csv",
            "a.csv is not a CSV file: its content is that of a .html file. Save it as a CSV file and choose it again",
        ),
        (b"\0" * 500, "a.pdf", "a.pdf is not a PDF: it may be damaged. Save it as a PDF and choose it again"),
        (
            samples.PDF,
            "a.exe",
            "The selected file must be a PDF (.pdf), a PNG image (.png) or a JPEG image (.jpg or .jpeg)",
        ),
        (
            samples.PDF,
            "no ending",
            "The selected file must be a PDF (.pdf), a PNG image (.png) or a JPEG image (.jpg or .jpeg)",
        ),
        (
            samples.ole("EncryptedPackage"),
            "a.docx",
            "a.docx is protected with a password. Save it without one and choose it again",
        ),
        (
            samples.PDF + b"trailer\n<< /Root 1 0 R /Encrypt 3 0 R >>",
            "a.pdf",
            "a.pdf is protected with a password or against changes. Print it to a new PDF and choose that",
        ),
    ],
)
def test_refusal_says_what_came_and_what_to_do(content: bytes, name: str, sentence: str):
    kinds = ("pdf", "png", "jpeg") if sentence.startswith("The selected") else ALL

    assert found(content, name, *kinds) == sentence


def test_words_in_a_container_are_no_names_of_its_streams():
    spreadsheet = samples.ole("Workbook") + "  WordDocument\0".encode("utf-16-le").ljust(128, b"\0")

    assert found(spreadsheet, "a.doc").startswith("a.doc is not an older Word document: its content is that of another")


def test_kinds_are_listed_with_their_endings():
    assert kinds_listed(["pdf"]) == "a PDF (.pdf)"
    assert kinds_listed(["pdf", "docx"]) == "a PDF (.pdf) or a Word document (.docx)"


def test_content_type_is_the_kinds_own():
    assert (content_type("pdf"), content_type(""), content_type("exe")) == (
        "application/pdf",
        "application/octet-stream",
        "application/octet-stream",
    )


# Word

MACROS = "a.docx holds macros, which could do harm. Save it without them, or as a PDF, and choose it again"


@pytest.mark.parametrize(
    ("content", "name", "result"),
    [
        (samples.docx(), "a.docx", "docx"),
        (samples.docx(samples.WITH_MACROS), "a.docx", MACROS),
        (samples.docx(word__vbaProject_bin=b"macros"), "a.docx", MACROS),
        (samples.docx(word__media__image1_png=samples.PNG), "a.docx", "docx"),
        (samples.ole("WordDocument", "_VBA_PROJECT"), "a.doc", MACROS.replace("docx", "doc")),
        (samples.ole("WordDocument", "1Table"), "a.doc", "doc"),
    ],
)
def test_word_document_with_macros_is_refused(content: bytes, name: str, result: str):
    assert found(content, name) == result


def test_archive_that_is_no_document_is_none():
    refused = "a.docx is not a Word document: its content is that of a .zip file."
    unreadable = "a.docx cannot be read. Save it again in Word, or as a PDF, and choose that"

    assert found(samples.archive({"letter.txt": b"words"}), "a.docx") == (
        f"{refused} Save it as a Word document and choose it again"
    )
    assert found(samples.archive({"word/document.xml": b""}), "a.docx") == unreadable
    assert found(samples.docx("application/vnd.somebody.else+xml"), "a.docx") == unreadable


@pytest.mark.parametrize("more", [0, 1])
def test_archive_that_promises_too_much_is_refused_unopened(monkeypatch: pytest.MonkeyPatch, more: int):
    fixed = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(samples.DOCX)).infolist())
    monkeypatch.setattr(word, "UNPACKED", fixed + 1_000_000)
    deep = samples.docx(word__media__zeros_bin=b"\0" * (1_000_000 + more))

    assert len(deep) < 10_000
    assert found(deep, "a.docx") == (
        "a.docx unpacks to far more than a document holds. Save it as a PDF and choose that" if more else "docx"
    )


def test_part_that_never_ends_is_not_read_to_its_end():
    types = b" " * (20 * PART) + samples.DOCUMENT.encode()
    endless = samples.archive({"[Content_Types].xml": types, "word/document.xml": b""})

    assert found(endless, "a.docx") == "a.docx cannot be read. Save it again in Word, or as a PDF, and choose that"


@pytest.mark.parametrize("more", [0, 1])
def test_macros_cannot_hide_behind_a_part_that_is_too_long_to_read(more: int):
    types = samples.DOCUMENT.encode().ljust(PART + more)
    long = samples.archive({"[Content_Types].xml": types, "word/document.xml": b""})

    assert found(long, "a.docx") == (
        "a.docx cannot be read. Save it again in Word, or as a PDF, and choose that" if more else "docx"
    )


def test_archive_of_countless_parts_is_not_listed():
    many = {"word/document.xml": b"", **{f"{n}": b"" for n in range(ENTRIES)}}

    assert found(samples.archive(many), "a.docx").startswith("a.docx is not a Word document: ")


def test_document_of_as_many_parts_as_are_looked_at_is_one():
    assert found(samples.docx(**{f"word__{n}": b"" for n in range(ENTRIES - 2)}), "a.docx") == "docx"


def test_part_packed_in_a_way_that_asks_for_memory_first_is_not_opened():
    content = samples.archive(
        {"[Content_Types].xml": samples.DOCUMENT.encode(), "word/document.xml": b""}, compression=zipfile.ZIP_LZMA
    )

    assert found(content, "a.docx") == "a.docx cannot be read. Save it again in Word, or as a PDF, and choose that"


@given(st.data())
def test_damaged_archive_is_refused_or_taken_and_nothing_else(data: st.DataObject):
    content = bytearray(samples.DOCX)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(1, len(content))) :]

    result = found(bytes(content), "a.docx")

    assert result == "docx" or result.startswith("a.docx ")


@given(st.binary(max_size=300), st.sampled_from([ending for kind in KINDS.values() for ending in kind.endings]))
def test_any_bytes_under_any_ending_are_taken_or_refused(content: bytes, ending: str):
    result = found(content, f"a{ending}")

    assert result in KINDS or result.startswith(f"a{ending} ")


# Text


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (samples.CSV, "utf-8-sig"),
        (b"\xef\xbb\xbf" + samples.CSV, "utf-8-sig"),
        (samples.CSV_OF_WINDOWS, "cp1252"),
        (b"a" * (CHUNK - 1) + "é".encode() + b"b", "utf-8-sig"),
        (b"nul\0", ""),
        ("URN,Name".encode("utf-16"), ""),
        (b"\x81\x8d\x8f", ""),
        (b"cut short: \xc3", "cp1252"),
    ],
    ids=["plain", "with a mark", "windows", "across a chunk", "nul", "utf-16", "undefined", "cut short"],
)
def test_encoding_is_found_by_reading_all(content: bytes, encoding: str):
    assert encoding_of(io.BytesIO(content)) == encoding


@pytest.mark.parametrize(
    ("content", "result"),
    [
        (samples.CSV_OF_WINDOWS, "csv"),
        (b"BMI,Name\r\n1,2\r\n", "csv"),
        ("\ufeffNom\n1\n".encode(), "csv"),
        (b"1,2\n3,4\n", "a.csv has no names of columns in its first line. Add them and choose it again"),
        (b"\n\n", "a.csv has no names of columns in its first line. Add them and choose it again"),
        (b'"' + b"x" * 200_000, "csv"),
    ],
    ids=["windows", "a picture's signature", "a mark", "no names", "blank", "endless cell"],
)
def test_table_names_its_columns(content: bytes, result: str):
    assert found(content, "a.csv", "csv") == result


@pytest.mark.parametrize("gap", [0, 1, 9, 40])
def test_encrypted_pdf_is_told_wherever_its_trailer_lies(gap: int):
    before = samples.PDF.ljust(CHUNK - gap, b" ")

    assert found(before + b"/Encrypt << /V 4 >>", "a.pdf").startswith("a.pdf is protected with a password")
    assert found(before + b"/Encrypted /EncryptMetadata true", "a.pdf") == "pdf"

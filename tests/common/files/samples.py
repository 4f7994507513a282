"""Small files of every kind, true and false."""

import io
import zipfile

from mastery_hub.common.files.word import OLE

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c63000100")
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04"
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\0" * 64
CSV = b"URN,EstablishmentName\r\n100000,Oak Primary\r\n"
CSV_OF_WINDOWS = "URN,EstablishmentName\r\n100000,École d’Oak\r\n".encode("cp1252")
DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
WITH_MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"


def archive(parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", compression) as opened:
        for name, content in parts.items():
            opened.writestr(name, content)
    return written.getvalue()


def docx(main_type: str = DOCUMENT, **more: bytes) -> bytes:
    types = f'<Types><Override PartName="/word/document.xml" ContentType="{main_type}"/></Types>'
    parts = {"[Content_Types].xml": types.encode(), "word/document.xml": b"<document/>"}
    return archive(parts | {name.replace("__", "/").replace("_", "."): content for name, content in more.items()})


def ole(*streams: str) -> bytes:
    """The old container, with a directory of these streams at the place where directories begin."""
    entries = [f"{name}\0".encode("utf-16-le").ljust(128, b"\0") for name in ("Root Entry", *streams)]
    return OLE.ljust(512, b"\0") + b"".join(entries)


DOCX = docx()
DOC = ole("WordDocument")
XLSX = archive({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
BY_KIND = {"pdf": PDF, "png": PNG, "jpeg": JPEG, "docx": DOCX, "doc": DOC, "csv": CSV, "txt": b"Just words.\n"}

"""The kinds of file that the service takes, and what each is called."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    name: str  # what a row's column holds and a form's field asks for
    called: str  # with its article, in a sentence
    content_type: str
    endings: tuple[str, ...]


KINDS = {
    kind.name: kind
    for kind in (
        Kind("pdf", "a PDF", "application/pdf", (".pdf",)),
        Kind(
            "docx",
            "a Word document",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            (".docx",),
        ),
        Kind("doc", "a Word 97–2003 document", "application/msword", (".doc",)),
        Kind("csv", "a CSV file", "text/csv", (".csv",)),
        Kind("txt", "a text file", "text/plain", (".txt",)),
        Kind("png", "a PNG image", "image/png", (".png",)),
        Kind("jpeg", "a JPEG image", "image/jpeg", (".jpg", ".jpeg")),
    )
}
IMAGES = ("png", "jpeg")


def content_type(name: str) -> str:
    """What is sent with a file of the kind that a row's column names; without one, mere bytes."""
    return KINDS[name].content_type if name in KINDS else "application/octet-stream"

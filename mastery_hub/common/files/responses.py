"""A private file as an answer: to be kept by whoever asked and by nobody between, and never run as a page of ours."""

import logging
import unicodedata
from urllib.parse import quote

from django.http import FileResponse, Http404

from mastery_hub.common.files.fields import PrivateFieldFile
from mastery_hub.common.files.kinds import IMAGES, content_type
from mastery_hub.common.files.names import shown_name

log = logging.getLogger(__name__)
HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


def private_file_response(file: PrivateFieldFile, *, name: str = "", inline: bool = False) -> FileResponse:
    """Streams it under its owner's name, or `name`. Whether the person may read it, the caller has asked already.

    Only an image is shown in the page (`inline`); a document is always saved, as its viewer would run in our origin."""
    if not file:
        raise Http404
    try:
        opened = file.storage.open(str(file.name))
    except FileNotFoundError:
        log.error("A private file is missing: %s", file.name)
        raise Http404 from None
    response = FileResponse(opened, content_type=content_type(file.kind), headers=HEADERS)
    shown = "inline" if inline and file.kind in IMAGES else "attachment"
    response["Content-Disposition"] = f"{shown}; {_file_name(shown_name(name or file.given_name))}"
    return response


def _file_name(name: str) -> str:
    """For every browser, and once more for those that know more than ASCII (RFC 6266)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip(". ")
    known = f'filename="{plain or "file"}"'
    return known if plain == name else f"{known}; filename*=UTF-8''{quote(name, safe='')}"

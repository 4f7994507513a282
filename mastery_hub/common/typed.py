"""What a form sent, shown back when it could not be taken: nothing typed is lost by an error (rule 8).

When the session had ended it waits, sealed, in the new one until the same person has signed in. Whose page it was, the
form itself says; whoever else signs in ends the waiting.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core import signing
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

from mastery_hub.common.sealing import fernet

CSRF_TOKEN = "csrfmiddlewaretoken"
SECRETS = {"code", "token", "password"}  # never written into a page: whoever typed one types it again
WRITER = "writer"  # the field that says whose page it was
KEPT = "typed"  # in the session
KEPT_SECONDS = 24 * 60 * 60
LONG = 80  # characters; what is longer is shown, so that it can be copied


@dataclass
class Typed:
    """`short` values travel hidden, `long` ones can be read and copied. Files cannot be given back."""

    path: str
    csrf_token: str
    short: list[tuple[str, str]] = field(default_factory=list)
    long: list[tuple[str, str]] = field(default_factory=list)
    has_files: bool = False


def typed_in(request: HttpRequest) -> Typed | None:
    """None when another site may have sent it: its page would then be shown what it made up, as if it were ours."""
    try:
        if request.method != "POST" or not _is_from_ourselves(request):
            return None
        values, files = request.POST, request.FILES
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return None
    if CSRF_TOKEN not in values or SECRETS & values.keys():
        return None
    typed = Typed(request.get_full_path(), values[CSRF_TOKEN], has_files=bool(files))
    for name, value in _pairs(request):
        (typed.long if len(value) > LONG or "\n" in value else typed.short).append((name, value))
    return typed


def _pairs(request: HttpRequest) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, values in request.POST.lists() if name != CSRF_TOKEN for value in values)


def _is_from_ourselves(request: HttpRequest) -> bool:
    ours = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Origin") in {ours, *settings.CSRF_TRUSTED_ORIGINS}


def writer_seal(person_id: int) -> str:
    return signing.Signer(salt=WRITER).sign(str(person_id))


def writer_of(request: HttpRequest) -> int | None:
    try:
        return int(signing.Signer(salt=WRITER).unsign(request.POST.get(WRITER, "")))
    except signing.BadSignature:
        return None


def typed_keep(request: Any) -> bool:
    """Says whether there is something that waits now."""
    typed, writer = typed_in(request), writer_of(request)
    if typed is None or writer is None or not (typed.short or typed.long):
        return False
    waiting = {"for": writer, "typed": asdict(typed)}
    request.session[KEPT] = fernet(KEPT).encrypt(json.dumps(waiting).encode()).decode()
    return True


def typed_kept(request: Any) -> Typed | None:
    """What waits for this person. What waits for somebody else is forgotten."""
    sealed = request.session.get(KEPT)
    if sealed is None:
        return None
    try:
        waiting = json.loads(fernet(KEPT).decrypt(sealed.encode(), ttl=KEPT_SECONDS))
    except InvalidToken:
        waiting = {}
    if waiting.get("for") != request.user.pk:
        del request.session[KEPT]
        return None
    pairs = {name: [tuple(pair) for pair in waiting["typed"][name]] for name in ("short", "long")}
    return Typed(**waiting["typed"] | pairs)


def typed_arrived(request: Any) -> None:
    """Called for each form of somebody signed in: what waited need not wait once it was sent again."""
    if KEPT in request.session and (kept := typed_kept(request)) and kept.path == request.get_full_path():
        del request.session[KEPT]

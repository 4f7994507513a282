"""What a form sent, shown back when it could not be taken: nothing typed is lost by an error (rule 8)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

CSRF_TOKEN = "csrfmiddlewaretoken"
SECRETS = {"code", "token", "password"}  # never written into a page: whoever typed one types it again
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

"""When a request arrived: what deadlines are counted from, so that a queue makes nobody late (rule 6)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from mastery_hub.common import clock

GRACE = timedelta(minutes=10)  # the oldest arrival believed, and how long closing and lapsing jobs wait


def arrived_at(request: HttpRequest) -> datetime:
    """Believes `X-Request-Start` (seconds since 1970, `t=1700000000.123`) from the trusted proxy alone, never from the
    future or older than GRACE. The header tells real time: the queue's length is taken from the clock in force."""
    now = clock.now()
    header = request.headers.get("X-Request-Start", "")
    found = re.fullmatch(r"(?:t=)?(\d{10}(?:\.\d{1,6})?)", header)
    if not found or not settings.TRUSTED_PROXY or request.META.get("REMOTE_ADDR") != settings.TRUSTED_PROXY:
        return now
    waited = timezone.now() - datetime.fromtimestamp(float(found[1]), tz=UTC)
    return now - waited if timedelta(0) <= waited <= GRACE else now


class ArrivalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.arrived_at = arrived_at(request)  # type: ignore[attr-defined]
        return self.get_response(request)

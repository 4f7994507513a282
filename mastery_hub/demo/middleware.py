"""The demo signs anybody in as anybody, so it answers this machine alone, on a database of its own alone."""

from collections.abc import Callable
from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.http.request import split_domain_port

from mastery_hub.demo.marker import database_is_demo


class LoopbackOnlyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.ours = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = split_domain_port(request.META.get("HTTP_HOST", ""))[0]
        if not (is_loopback(request.META.get("REMOTE_ADDR", "")) and is_loopback(host)):
            return HttpResponseForbidden("The demo answers this machine only.", content_type="text/plain")
        self.ours = self.ours or database_is_demo()
        if not self.ours:
            return HttpResponseForbidden("This database was not made by load_demo.", content_type="text/plain")
        return self.get_response(request)


def is_loopback(address: str) -> bool:
    """Of a host or an address; `[::1]` in brackets as a Host header has it."""
    if address == "localhost":
        return True
    try:
        return ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False

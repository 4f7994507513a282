"""One log line a request, naming the route and never the path, which may hold a token (rule 10)."""

from contextlib import suppress

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware


class RouteRequestMiddleware(RequestMiddleware):
    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        """A log line must not be what fails: without a database `/health/` still answers whoever is signed in."""
        with suppress(DatabaseError, InterfaceError):
            RequestMiddleware.bind_user_id(request)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """The route is known once the request was resolved: the line that tells its end has it."""
        route = request.resolver_match.view_name if request.resolver_match else ""
        return f"{request.method} {route}".strip()

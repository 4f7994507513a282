"""One log line a request, naming the route and never the path, which may hold a token (rule 10)."""

from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware


class RouteRequestMiddleware(RequestMiddleware):
    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """The route is known once the request was resolved: the line that tells its end has it."""
        route = request.resolver_match.view_name if request.resolver_match else ""
        return f"{request.method} {route}".strip()

"""What machines ask: is this process alive, and is everything behind it there?"""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import View

from mastery_hub.common.access import PUBLIC
from mastery_hub.messaging import health


class HealthView(View):
    """Needs nothing but the process, so that a broken database does not have it killed."""

    access = PUBLIC

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("alive\n", content_type="text/plain")


def database_up() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


class ReadyView(View):
    """200 when all four parts answer, else 503; the body says which one does not."""

    access = PUBLIC

    def get(self, request: HttpRequest) -> JsonResponse:
        database = database_up()
        heard = health.heard_from() if database else {"worker": False, "beat": False}
        parts = {"database": database, "broker": health.broker_up(), **heard}
        return JsonResponse(parts, status=200 if all(parts.values()) else 503, headers={"Cache-Control": "no-store"})

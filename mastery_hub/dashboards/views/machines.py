"""What machines ask: is this process alive, and is everything behind it there?"""

from concurrent.futures import ThreadPoolExecutor
from functools import cache

from django.db import DatabaseError, ProgrammingError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import View

from mastery_hub.common.access import PUBLIC
from mastery_hub.messaging import health

DATABASE_SECONDS = 2
SILENT = {"database": False, "migrations": False, "worker": False, "beat": False}

aside = ThreadPoolExecutor(1, "ready")  # a database that hangs holds this thread, and no request


class HealthView(View):
    """Needs nothing but the process, so that a broken database does not have it killed."""

    access = PUBLIC

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("alive\n", content_type="text/plain")


@cache
def migrations_of_this_code() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)


def told_by_database(wanted: frozenset[tuple[str, str]]) -> dict[str, bool]:
    """On a connection of its own: that a new one can be had is part of the answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        applied = MigrationRecorder.Migration.objects.values_list("app", "name")
        return {"database": True, "migrations": wanted <= set(applied), **health.heard_from()}
    except ProgrammingError:  # a table is missing: nobody has migrated yet
        return SILENT | {"database": True}
    except DatabaseError:
        return SILENT
    finally:
        connection.close()


class ReadyView(View):
    """200 when every part answers, else 503; the body says which one does not. It takes three seconds at most."""

    access = PUBLIC

    def get(self, request: HttpRequest) -> JsonResponse:
        asked = aside.submit(told_by_database, migrations_of_this_code())
        broker = health.broker_up()
        try:
            told = asked.result(DATABASE_SECONDS)
        except TimeoutError:
            asked.cancel()
            told = SILENT
        parts = {**told, "broker": broker}
        return JsonResponse(parts, status=200 if all(parts.values()) else 503, headers={"Cache-Control": "no-store"})

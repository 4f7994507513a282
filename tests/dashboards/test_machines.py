"""What `/health/` and `/ready/` tell apart. With servers that really stop or hang: tests/fault/test_outages.py."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from mastery_hub.dashboards.views import machines
from mastery_hub.messaging.health import heartbeat
from tests.factories.accounts import UserFactory

WELL = {"database": True, "migrations": True, "broker": True, "worker": True, "beat": True}


@pytest.fixture
def ready(client: Client, transactional_db: None) -> Callable[[], tuple[int, dict[str, bool]]]:
    """What it answers while a worker and beat are heard from; it asks the database from a thread of its own."""
    heartbeat(by_beat=True)

    def answer() -> tuple[int, dict[str, bool]]:
        response = client.get("/ready/")
        assert response["Cache-Control"] == "no-store"
        return response.status_code, response.json()

    return answer


def test_health_needs_no_database(client: Client) -> None:
    """Without the mark, pytest-django refuses any connection."""
    response = client.get("/health/")

    assert (response.status_code, response.content) == (200, b"alive\n")


@pytest.mark.django_db
def test_health_needs_no_database_for_whoever_is_signed_in_either(client: Client) -> None:
    client.force_login(UserFactory())

    def away(*_: Any) -> None:
        raise OperationalError("the server is away")

    with connection.execute_wrapper(away):
        response = client.get("/health/")

    assert (response.status_code, response.content) == (200, b"alive\n")


def test_ready_when_every_part_answers(ready) -> None:
    assert ready() == (200, WELL)


def test_not_ready_before_beat_is_heard(ready) -> None:
    heartbeats = "UPDATE messaging_heartbeat SET at = at - interval '2 minutes' WHERE name = 'beat'"
    with connection.cursor() as cursor:
        cursor.execute(heartbeats)

    assert ready() == (503, WELL | {"beat": False})


def test_not_ready_without_a_broker(ready, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("celery.current_app.conf.broker_url", "redis://127.0.0.1:1/0")

    assert ready() == (503, WELL | {"broker": False})


def test_not_ready_while_a_migration_is_missing(ready) -> None:
    applied = MigrationRecorder.Migration.objects.filter(app="messaging", name="0001_initial")
    applied.update(name="0001_other")

    answer = ready()

    MigrationRecorder.Migration.objects.filter(app="messaging", name="0001_other").update(name="0001_initial")
    assert answer == (503, WELL | {"migrations": False})
    assert ready() == (200, WELL)


def test_not_ready_on_an_empty_database(ready) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_migrations RENAME TO elsewhere")

    answer = ready()

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE elsewhere RENAME TO django_migrations")
    assert answer == (503, machines.SILENT | {"database": True, "broker": True})


def test_not_ready_without_a_database(ready, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "NAME", "no_such_database")

    assert ready() == (503, machines.SILENT | {"broker": True})


@pytest.fixture
def held() -> Iterator[threading.Event]:
    """As long as it is held, whoever asks the database waits."""
    release = threading.Event()
    machines.aside.submit(release.wait, 30)
    yield release
    release.set()


def test_hanging_database_holds_nobody(ready, held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "DATABASE_SECONDS", 0.1)

    answers: list[Any] = [ready(), ready()]

    assert answers == [(503, machines.SILENT | {"broker": True})] * 2
    held.set()
    monkeypatch.undo()
    assert ready() == (200, WELL)

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from mastery_hub.messaging.health import heartbeat

WELL = {"database": True, "broker": True, "worker": True, "beat": True}


def refuse(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    raise OperationalError("the server closed the connection")


def test_health_needs_no_database(client: Client) -> None:
    """Without the mark, pytest-django refuses any connection."""
    response = client.get("/health/")

    assert (response.status_code, response.content) == (200, b"alive\n")


@pytest.mark.django_db
def test_ready_when_every_part_answers(client: Client) -> None:
    heartbeat(by_beat=True)

    response = client.get("/ready/")

    assert (response.status_code, response.json()) == (200, WELL)


@pytest.mark.django_db
def test_not_ready_before_beat_is_heard(client: Client) -> None:
    heartbeat(by_beat=False)

    response = client.get("/ready/")

    assert (response.status_code, response.json()) == (503, WELL | {"beat": False})


@pytest.mark.django_db
def test_not_ready_without_a_broker(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeat(by_beat=True)
    monkeypatch.setattr("celery.current_app.conf.broker_url", "redis://127.0.0.1:1/0")

    response = client.get("/ready/")

    assert (response.status_code, response.json()) == (503, WELL | {"broker": False})


@pytest.mark.django_db
def test_not_ready_without_a_database(client: Client) -> None:
    with connection.execute_wrapper(refuse):
        response = client.get("/ready/")

    assert response.status_code == 503
    assert response.json() == {"database": False, "broker": True, "worker": False, "beat": False}

"""No log line holds a path, a query or an address: paths carry tokens, queries carry names."""

import logging
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/support/secret-token/", "/schools/?q=secret-token", "/secret-token/"])
def test_log_names_the_route_and_never_the_path(path, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        Client(REMOTE_ADDR="192.0.2.77").get(path)
    lines = [str(record.msg) for record in caplog.records] + [record.getMessage() for record in caplog.records]
    assert [line for line in lines if "request_finished" in line]
    assert [line for line in lines if "secret-token" in line or "192.0.2.77" in line] == []


def test_log_names_the_route(caplog) -> None:
    with caplog.at_level(logging.INFO):
        Client().get("/schools/?q=larkfield")
    assert [record.msg["request"] for record in caplog.records if record.msg.get("event") == "request_finished"] == [
        "GET school_search"
    ]


@pytest.mark.parametrize(
    ("limit", "status"), [("DATA_UPLOAD_MAX_MEMORY_SIZE", 413), ("DATA_UPLOAD_MAX_NUMBER_FIELDS", 400)]
)
def test_request_that_holds_too_much_is_told_in_one_line_without_its_words(
    limit: str, status: int, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    setattr(settings, limit, 1)
    with caplog.at_level(logging.DEBUG):
        answer = Client().post("/account/sign-in/", {"email": "secret@school.example", "other": "secret"})

    assert answer.status_code == status
    assert [record for record in caplog.records if record.exc_info or "secret" in record.getMessage()] == []
    finished = [record.msg for record in caplog.records if "request_finished" in str(record.msg)]
    assert [line["code"] for line in finished] == [status]

"""No log line holds a path, a query or an address: paths carry tokens, queries carry names."""

import logging

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

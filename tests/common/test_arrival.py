"""A request counts from its arrival: believed from the trusted proxy alone, never from the future, never old."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory

from mastery_hub.common.arrival import GRACE, arrived_at

NOW = datetime(2027, 2, 26, 17, 0, 3, tzinfo=UTC)
PROXY = "10.0.0.7"


@pytest.fixture(autouse=True)
def at_closing_time(time_machine, settings) -> None:
    time_machine.move_to(NOW, tick=False)
    settings.TRUSTED_PROXY = PROXY


def request(header: str, sender: str = PROXY):
    return RequestFactory().get("/", headers={"X-Request-Start": header}, REMOTE_ADDR=sender)


def stamped(moment: datetime) -> str:
    return f"t={moment.timestamp():.3f}"


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(seconds=4), GRACE])
def test_queued_request_arrived_when_the_proxy_says(ago) -> None:
    assert arrived_at(request(stamped(NOW - ago))) == NOW - ago


@pytest.mark.parametrize("ago", [timedelta(seconds=-1), GRACE + timedelta(seconds=1)])
def test_future_and_old_stamps_count_for_nothing(ago) -> None:
    assert arrived_at(request(stamped(NOW - ago))) == NOW


@pytest.mark.parametrize("header", ["", "yesterday", "t=", "t=1e9", "-1", "t=1700000000.1234567"])
def test_garbled_stamp_counts_for_nothing(header) -> None:
    assert arrived_at(request(header)) == NOW


def test_stamp_of_a_stranger_counts_for_nothing(settings) -> None:
    early = stamped(NOW - timedelta(seconds=30))
    assert arrived_at(request(early)) == NOW - timedelta(seconds=30)
    assert arrived_at(request(early, sender="192.0.2.9")) == NOW
    settings.TRUSTED_PROXY = ""
    assert arrived_at(request(early)) == NOW

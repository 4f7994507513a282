"""What tests.sloppiness refuses is refused."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
import zeal
from django.template import engines

from mastery_hub.directory.models import HubPageBlock
from tests.factories.directory import HubPageBlockFactory

AWAY = "192.0.2.1"  # an address kept for examples


def with_socket(kind: int, call: Callable[[socket.socket], Any]) -> None:
    with socket.socket(type=kind) as opened:
        call(opened)


def test_undefined_variable_of_a_template_fails() -> None:
    with pytest.raises(pytest.fail.Exception, match="no_such_name"):
        engines["django"].from_string("{{ no_such_name }}").render({})


@pytest.mark.parametrize(
    "leave",
    [
        lambda: socket.create_connection((AWAY, 80), timeout=1),
        lambda: with_socket(socket.SOCK_STREAM, lambda opened: opened.connect_ex((AWAY, 80))),
        lambda: with_socket(socket.SOCK_DGRAM, lambda opened: opened.sendto(b"", (AWAY, 53))),
        lambda: socket.getaddrinfo("mastery.example", 443),
        lambda: socket.gethostbyname("mastery.example"),
    ],
)
def test_leaving_this_machine_fails(leave: Callable[[], Any]) -> None:
    with pytest.raises(pytest.fail.Exception, match="Tests stay on this machine"):
        leave()


@pytest.mark.django_db
def test_rows_without_an_order_come_in_any() -> None:
    HubPageBlockFactory.create_batch(6)

    assert len({tuple(HubPageBlock.objects.values_list("pk", flat=True)) for _ in range(20)}) > 1


@pytest.mark.django_db
def test_query_a_row_fails() -> None:
    HubPageBlockFactory.create_batch(2)

    with zeal.zeal_context():
        assert len([block.hub.name for block in HubPageBlock.objects.select_related("hub")]) == 2
        with pytest.raises(zeal.NPlusOneError, match=r"HubPageBlock\.hub"):
            [block.hub.name for block in HubPageBlock.objects.all()]


def test_every_request_is_watched_for_a_query_a_row(settings: Any) -> None:
    assert settings.MIDDLEWARE[0] == "zeal.middleware.zeal_middleware"

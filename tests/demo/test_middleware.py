import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from mastery_hub.demo.middleware import LoopbackOnlyMiddleware
from tests.factories.demo import DemoDatabaseFactory


def answer(*, address: str = "127.0.0.1", host: str = "127.0.0.1:8000") -> HttpResponse:
    request = RequestFactory().get("/", REMOTE_ADDR=address, HTTP_HOST=host)
    return LoopbackOnlyMiddleware(lambda request: HttpResponse("the page"))(request)


@pytest.mark.parametrize(
    ("address", "host"), [("127.0.0.1", "127.0.0.1:8000"), ("127.0.0.9", "localhost"), ("::1", "[::1]:8000")]
)
def test_demo_answers_this_machine(db, address, host):
    DemoDatabaseFactory()

    assert answer(address=address, host=host).content == b"the page"


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("192.168.1.7", "127.0.0.1:8000"),
        ("2001:db8::1", "localhost"),
        ("", "localhost"),
        ("127.0.0.1", "demo.example.org"),
        ("127.0.0.1", "127.0.0.1.example.org:8000"),
        ("127.0.0.1", ""),
    ],
)
def test_demo_refuses_other_machines_and_names(db, address, host):
    DemoDatabaseFactory()

    refused = answer(address=address, host=host)

    assert (refused.status_code, refused.content) == (403, b"The demo answers this machine only.")


def test_demo_refuses_a_database_it_did_not_make(db):
    refused = answer()

    assert (refused.status_code, refused.content) == (403, b"This database was not made by load_demo.")

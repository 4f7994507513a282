"""What goes wrong ends on a page that says what to do next, whatever is broken."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory

from mastery_hub.dashboards.views import errors
from tests.factories.accounts import UserFactory


@pytest.mark.django_db
def test_unknown_address_stands_in_ones_own_shell(client: Client) -> None:
    client.force_login(UserFactory(hub_lead=True))

    response = client.get("/nowhere/")

    assert response.status_code == 404
    assert "Page not found" in response.content.decode()
    assert "Your hub" in response.content.decode()


@pytest.mark.django_db
def test_form_without_its_token_says_that_nothing_was_saved() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory())

    response = client.post("/account/sign-out/")

    assert response.status_code == 403
    assert "Please try again" in response.content.decode()
    assert client.session.get("_auth_user_id")


def test_unknown_host_is_refused_before_there_is_a_person(client: Client) -> None:
    """Without a database, and without a user on the request."""
    response = client.get("/", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert "Sorry, that did not work" in response.content.decode()


def test_refusal_says_whom_to_ask() -> None:
    response = errors.permission_denied(RequestFactory().get("/"), PermissionDenied())

    assert (response.status_code, "You cannot see this page" in response.content.decode()) == (403, True)


def test_server_error_needs_no_database() -> None:
    """The request's person is behind the database, so the page must not ask for them."""

    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError("the database is down")

    request = RequestFactory().get("/")
    request.user = Broken()

    response = errors.server_error(request)

    assert response.status_code == 500
    assert "Sorry, there is a problem with the service" in response.content.decode()

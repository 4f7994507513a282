"""What goes wrong ends on a page that says what to do next, whatever is broken."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, ProgrammingError, connection
from django.test import Client, RequestFactory

from mastery_hub.common.outages import NO_ROOM
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


@pytest.mark.django_db
def test_form_with_a_token_of_yesterday_is_given_back_and_sent_again() -> None:
    client = Client(enforce_csrf_checks=True)
    person = UserFactory()
    client.force_login(person)
    typed = {"first_name": "Rosa", "last_name": "Diaz", "telephone": "", "trn": "", "ncetm_username": ""}
    ours = {"origin": "http://testserver"}

    stale = client.post("/account/details/", typed | {"csrfmiddlewaretoken": "x" * 64}, headers=ours)

    page = stale.content.decode()
    assert stale.status_code == 403
    assert '<input type="hidden" name="first_name" value="Rosa">' in page
    found = re.search(r'name="csrfmiddlewaretoken"\s+value="(\w{64})"', page[page.index("<main") :])
    assert found
    again = client.post("/account/details/", typed | {"csrfmiddlewaretoken": found[1]}, headers=ours)
    assert again.status_code == 302
    person.refresh_from_db()
    assert person.full_name == "Rosa Diaz"


@pytest.mark.django_db
def test_form_with_a_token_of_another_site_is_given_nothing_back() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory())
    sent = {"first_name": "Rosa", "csrfmiddlewaretoken": "x" * 64}

    response = client.post("/account/details/", sent, headers={"origin": "https://evil.example"})

    assert (response.status_code, "Rosa" in response.content.decode()) == (403, False)


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


def refuse(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    raise OperationalError("the server closed the connection")


@pytest.fixture
def visitor() -> Client:
    """A person's browser whose requests fail as a browser sees it."""
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory())
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/account/", "/account/details/?from=check", "/nowhere/", "/rounds/x/"])
def test_page_without_a_database_says_so_and_when_to_try_again(visitor: Client, path: str) -> None:
    with connection.execute_wrapper(refuse):
        response = visitor.get(path)

    page = response.content.decode()
    kept = response["Cache-Control"].partition(",")[0]
    assert (response.status_code, response["Retry-After"], kept) == (503, "60", "no-store")
    assert "The service cannot reach its database" in page
    assert f'href="{path}"' in page
    assert response["Content-Security-Policy"]


@pytest.mark.django_db
def test_form_without_a_database_gives_back_what_was_typed_and_is_sent_again(visitor: Client) -> None:
    details = {"first_name": "Rosa <b>", "last_name": "D" * 81, "csrfmiddlewaretoken": "abc"}

    with connection.execute_wrapper(refuse):
        response = visitor.post("/account/details/", details, headers={"origin": "http://testserver"})

    page = response.content.decode()
    assert response.status_code == 503
    assert 'action="/account/details/"' in page
    assert '<input type="hidden" name="first_name" value="Rosa &lt;b&gt;">' in page
    assert f"readonly>\n{'D' * 81}</textarea>" in page
    assert "Send it again" in page


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {"origin": "https://evil.example"}])
def test_form_of_another_site_is_not_shown_as_ours(visitor: Client, headers: dict[str, str]) -> None:
    details = {"first_name": "Rosa", "csrfmiddlewaretoken": "abc"}

    with connection.execute_wrapper(refuse):
        response = visitor.post("/account/details/", details, headers=headers)

    page = response.content.decode()
    assert response.status_code == 503
    assert "Rosa" not in page
    assert "go back and send it again" in page


@pytest.mark.django_db
def test_sent_file_has_to_be_chosen_again() -> None:
    request = RequestFactory().post(
        "/national/imports/",
        {"csrfmiddlewaretoken": "abc", "file": SimpleUploadedFile("register.csv", b"URN")},
        headers={"origin": "http://testserver"},
    )

    page = errors.unavailable(request, NO_ROOM).content.decode()

    assert "choose your file again" in page
    assert "Send it again" not in page


@pytest.mark.django_db
def test_fault_of_ours_stays_one(visitor: Client) -> None:
    def broken(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        raise ProgrammingError("column does not exist")

    with connection.execute_wrapper(broken):
        response = visitor.get("/account/")

    assert response.status_code == 500
    assert "Sorry, there is a problem with the service" in response.content.decode()

"""Doors: a view without a declaration is refused, a person without the right meets a 404."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpResponse
from django.test import RequestFactory

from mastery_hub.common.access import HUB, NATIONAL, PUBLIC, SIGNED_IN, AccessMiddleware, access_of, declared
from tests.factories.accounts import UserFactory
from tests.factories.directory import MathsHubFactory


def view(request, **kwargs):
    return HttpResponse("in")


def enter(user, door, **kwargs):
    request = RequestFactory().get("/somewhere/")
    request.user = user
    return AccessMiddleware(view).process_view(request, declared(door, view) if door else view, (), kwargs)


def test_undeclared_view_is_a_programming_error() -> None:
    with pytest.raises(ImproperlyConfigured):
        enter(AnonymousUser(), None)


def test_public_view_asks_nobody() -> None:
    assert enter(AnonymousUser(), PUBLIC) is None


def test_signed_in_view_sends_strangers_to_the_door() -> None:
    assert enter(AnonymousUser(), SIGNED_IN).status_code == 302


@pytest.mark.parametrize(
    ("referer", "comes_to"),
    [
        ("http://testserver/hub/x/people/?page=2", "/hub/x/people/%3Fpage%3D2"),
        ("https://evil.example/hub/", "/somewhere/"),
        ("http://[", "/somewhere/"),
        ("", "/somewhere/"),
    ],
)
def test_button_pressed_too_late_leads_back_to_its_page(referer: str, comes_to: str) -> None:
    """Its own address would show nothing to whoever has signed in again."""
    request = RequestFactory().post("/somewhere/", headers={"referer": referer})
    request.user = AnonymousUser()

    answer = AccessMiddleware(view).process_view(request, declared(SIGNED_IN, view), (), {})

    assert (answer.status_code, answer["Location"]) == (302, f"/account/sign-in/?next={comes_to}")


@pytest.mark.django_db
def test_hub_is_for_its_people_and_ncetm() -> None:
    hub = MathsHubFactory()
    assert enter(UserFactory(hub_reviewer=hub), HUB, hub=hub.slug) is None
    assert enter(UserFactory(ncetm=True), HUB, hub=hub.slug) is None
    for stranger in (UserFactory(), UserFactory(hub_lead=True), UserFactory(headteacher=True)):
        with pytest.raises(Http404):
            enter(stranger, HUB, hub=hub.slug)


@pytest.mark.django_db
def test_nation_is_for_ncetm() -> None:
    assert enter(UserFactory(ncetm=True), NATIONAL) is None
    with pytest.raises(Http404):
        enter(UserFactory(hub_lead=True), NATIONAL)


@pytest.mark.parametrize("address", ["/rounds/%00/", "/hubs/?page=%00"])
def test_address_with_a_nul_is_not_found(client, address) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.django_db
def test_pages_of_a_person_are_kept_by_no_browser(client) -> None:
    client.force_login(UserFactory())

    kept = {path: "no-store" not in client.get(path).get("Cache-Control", "") for path in PAGES}

    assert kept == PAGES


PAGES = {"/": False, "/applications/": False, "/account/": False, "/support/gone/": False, "/hubs/": True}


def test_declared_view_keeps_its_answer() -> None:
    door = declared(PUBLIC, view)
    assert access_of(door) is PUBLIC
    assert door(None).content == b"in"

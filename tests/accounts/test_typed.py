"""A form sent after its session had ended comes back to the same person, signed in again, and to nobody else."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.typed import KEPT, writer_seal
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
DETAILS, TYPED = "/account/details/", "/account/typed/"
OURS = {"origin": "http://testserver"}


@pytest.fixture
def person() -> User:
    return UserFactory(first_name="Sam", last_name="Okoro")


def form_of(person: User, client: Client) -> dict[str, str]:
    """What the page of somebody's details sends."""
    client.force_login(person)
    page = client.get(DETAILS).content.decode()
    fields = re.findall(r'<input[^>]*?name="(\w+)"\s[^>]*?value="([^"]*)"', page[page.index("<main") :])
    client.logout()
    return dict(fields) | {"first_name": "Rosa", "last_name": "Diaz", "telephone": "", "trn": "", "ncetm_username": ""}


def main_of(page: Any) -> str:
    return page.content.decode().partition("<main")[2]


def test_typed_text_comes_back_to_its_writer_and_is_saved(person: User) -> None:
    client = Client(enforce_csrf_checks=True)
    sent = form_of(person, client)

    refused = client.post(DETAILS, sent, headers=OURS)

    assertRedirects(refused, f"/account/sign-in/?next={TYPED}", fetch_redirect_response=False)
    assertContains(client.get(refused["Location"]), "You have been signed out.")
    assertNotContains(client.get(refused["Location"]), "Rosa")
    client.force_login(person)
    page = client.get(TYPED)
    assertContains(page, '<input type="hidden" name="first_name" value="Rosa">')
    assertContains(page, "What you typed is not saved yet")
    again = dict(re.findall(r'name="(\w+)"\s+value="([^"]*)"', main_of(page)))
    assertRedirects(client.post(DETAILS, again, headers=OURS), "/account/")
    person.refresh_from_db()
    assert person.full_name == "Rosa Diaz"
    assert KEPT not in client.session
    assertRedirects(client.get(TYPED), "/", fetch_redirect_response=False)


def test_typed_text_is_sealed_and_waits_through_signing_in(person: User, client: Client, secret: Any) -> None:
    client.post(DETAILS, form_of(person, client), headers=OURS)
    assert "Rosa" not in str(dict(client.session))

    client.post("/account/sign-in/", {"email": person.email})
    answer = client.post("/account/sign-in/code/", {"code": secret(person.email)})

    assertRedirects(answer, TYPED)
    assertContains(client.get(TYPED), "Rosa")
    assertContains(client.get(TYPED), "Rosa")  # it is still there when the page is loaded again


@pytest.mark.parametrize("goes", [TYPED, "/account/"])
def test_typed_text_of_one_person_is_forgotten_when_another_signs_in(
    person: User, client: Client, secret: Any, goes: str
) -> None:
    other = UserFactory()
    client.post(DETAILS, form_of(person, client), headers=OURS)

    client.post(f"/account/sign-in/?next={goes}", {"email": other.email})
    client.post(f"/account/sign-in/code/?next={goes}", {"code": secret(other.email)})

    assert KEPT not in client.session
    assertRedirects(client.get(TYPED), "/", fetch_redirect_response=False)
    client.force_login(person)
    assertNotContains(client.get(TYPED, follow=True), "Rosa")


@pytest.mark.parametrize(
    ("changed", "headers"),
    [
        ({}, {"origin": "https://evil.example"}),
        ({}, {}),
        ({"writer": "1:made-up"}, OURS),
        ({"writer": ""}, OURS),
        ({"code": "123456"}, OURS),
    ],
    ids=["another site", "unknown site", "forged writer", "no writer", "a secret"],
)
def test_nothing_is_kept_of_what_may_not_be_given_back(
    person: User, client: Client, changed: dict[str, str], headers: dict[str, str]
) -> None:
    answer = client.post(DETAILS, form_of(person, client) | changed | {"csrfmiddlewaretoken": "x"}, headers=headers)

    assert answer["Location"].startswith("/account/sign-in/")
    assert KEPT not in client.session


def test_typed_text_waits_a_day(person: User, client: Client) -> None:
    client.post(DETAILS, form_of(person, client), headers=OURS)
    client.force_login(person)

    with time_machine.travel(clock.now() + timedelta(hours=25)):
        client.force_login(person)
        assertRedirects(client.get(TYPED), "/", fetch_redirect_response=False)


def test_file_cannot_wait_and_the_page_says_so(person: User, client: Client) -> None:
    sent = form_of(person, client) | {"file": SimpleUploadedFile("letter.pdf", b"%PDF-")}
    client.post(DETAILS, sent, headers=OURS)
    client.force_login(person)

    assertContains(client.get(TYPED), "choose your file again")


def test_page_with_a_token_of_before_waits_too_for_whoever_is_signed_out(person: User) -> None:
    client = Client(enforce_csrf_checks=True)
    sent = form_of(person, client) | {"csrfmiddlewaretoken": "x" * 64}

    assertRedirects(client.post(DETAILS, sent, headers=OURS), f"/account/sign-in/?next={TYPED}")


@pytest.mark.parametrize("whose", ["own", "another's"])
def test_page_with_a_token_of_before_is_given_back_to_its_writer_alone(person: User, whose: str) -> None:
    client = Client(enforce_csrf_checks=True)
    sent = form_of(person, client) | {"csrfmiddlewaretoken": "x" * 64}
    client.force_login(person if whose == "own" else UserFactory())

    page = client.post(DETAILS, sent, headers=OURS)

    assert page.status_code == 403
    assert ('value="Rosa"' in page.content.decode()) is (whose == "own")


def test_form_says_whose_page_it_is_and_nothing_to_strangers(person: User, client: Client) -> None:
    assertNotContains(client.get("/account/sign-in/"), 'name="writer"')
    client.force_login(person)
    assertContains(client.get(DETAILS), writer_seal(person.pk))
    assert reverse("account_typed") == TYPED

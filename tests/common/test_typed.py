"""What was typed is given back to whoever sent it from our own page, and to nobody else."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from mastery_hub.common.typed import LONG, Typed, typed_in

TEXT = "I plan in small steps.\nMy year team does too."
SENT = {"csrfmiddlewaretoken": "abc", "job_title": "Teacher", "text": TEXT, "kinds": ["a", "b"]}
OURS = {"origin": "http://testserver"}


def sent(data: dict, headers: dict[str, str] = OURS, path: str = "/applications/MS-1/?from=check") -> Typed | None:
    return typed_in(RequestFactory().post(path, data, headers=headers))


def test_all_that_was_sent_is_given_back() -> None:
    typed = sent(SENT)

    assert typed == Typed(
        path="/applications/MS-1/?from=check",
        csrf_token="abc",
        short=[("job_title", "Teacher"), ("kinds", "a"), ("kinds", "b")],
        long=[("text", TEXT)],
    )


@pytest.mark.parametrize(("length", "shown"), [(LONG, False), (LONG + 1, True)])
def test_what_is_too_long_for_a_line_can_be_copied(length: int, shown: bool) -> None:
    typed = sent({"csrfmiddlewaretoken": "abc", "text": "x" * length})

    assert typed
    assert [bool(typed.short), bool(typed.long)] == [not shown, shown]


@pytest.mark.parametrize(
    ("headers", "given_back"),
    [
        (OURS, True),
        ({"origin": "http://127.0.0.1:8000"}, True),  # SITE_URL
        ({"origin": "https://testserver"}, False),
        ({"origin": "http://testserver.evil.example"}, False),
        ({"origin": "null"}, False),
        ({}, False),
        ({"referer": "http://testserver/"}, False),
    ],
)
def test_only_our_own_pages_are_given_anything_back(headers: dict[str, str], given_back: bool) -> None:
    assert bool(sent(SENT, headers)) is given_back


def test_unknown_host_is_given_nothing_back() -> None:
    assert sent(SENT, OURS | {"host": "evil.example"}) is None


@pytest.mark.parametrize("secret", ["code", "token", "password"])
def test_secret_is_never_written_into_a_page(secret: str) -> None:
    assert sent(SENT | {secret: "123456"}) is None


def test_form_without_its_token_could_not_be_sent_again() -> None:
    assert sent({"text": TEXT}) is None


def test_file_is_told_of_but_not_given_back() -> None:
    typed = sent(SENT | {"file": SimpleUploadedFile("register.csv", b"URN")})

    assert typed
    assert (typed.has_files, typed.long) == (True, [("text", TEXT)])


def test_unreadable_or_absent_body_gives_nothing_back() -> None:
    broken = RequestFactory().post("/", b"--x\r\nno", content_type="multipart/form-data", headers=OURS)

    assert typed_in(broken) is None
    assert typed_in(RequestFactory().get("/", SENT, headers=OURS)) is None

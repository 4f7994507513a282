"""A page with a form that takes a file, and what people, browsers and machines send to it."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import URLResolver, get_resolver, path, resolve

from mastery_hub.accounts.models import User
from mastery_hub.common.access import PUBLIC, SIGNED_IN
from mastery_hub.common.files.uploads import CEILING, MEGABYTE, let_in
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.fields import UploadField
from mastery_hub.common.views import ServiceFormView
from mastery_hub.urls import handler400
from mastery_hub.urls import urlpatterns as project
from tests.common.conftest import upload
from tests.common.files import samples
from tests.common.markup import flat
from tests.factories.accounts import UserFactory

LIMIT = 3  # more than Django keeps in memory


class LetterForm(GovukForm):
    why = forms.CharField(label="Why?", required=False)
    letter = UploadField(label="Letter", types=["pdf"], max_megabytes=LIMIT)
    second = UploadField(label="Second letter", types=["pdf"], max_megabytes=LIMIT, required=False)


class LetterView(ServiceFormView):
    access = PUBLIC
    title = "Your letter"
    form_class = LetterForm
    success_url = "/"
    upload_megabytes = 2 * LIMIT
    temporary: list[int] = []

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        self.request.FILES  # noqa: B018  reads the whole request, as the check of the token does
        LetterView.temporary = [os.stat(each).st_size for each in Path(os.environ["TMPDIR"]).iterdir()]
        return super().post(*args, **kwargs)

    def perform(self, form: LetterForm) -> None:
        LetterView.taken = {
            name: (file.name, file.kind, file.size)
            for name, file in form.cleaned_data.items()
            if name != "why" and file
        }


class SignedInView(LetterView):
    access = SIGNED_IN


class NoFilesView(LetterView):
    upload_megabytes = 0


urlpatterns = [
    *project,
    path("letter/", LetterView.as_view(), name="letter"),
    path("own-letter/", SignedInView.as_view(), name="own_letter"),
    path("no-letter/", NoFilesView.as_view(), name="no_letter"),
]
__all__ = ["handler400", "urlpatterns"]


@pytest.fixture(autouse=True)
def addressed(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[None]:
    settings.ROOT_URLCONF = __name__
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "temporary"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir()
    monkeypatch.setenv("TMPDIR", str(settings.FILE_UPLOAD_TEMP_DIR))
    LetterView.taken = {}
    yield
    assert list(settings.FILE_UPLOAD_TEMP_DIR.iterdir()) == []


def pdf(size: int, name: str = "letter.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, samples.PDF.ljust(size, b" "), "application/pdf")


def sent(client: Client, where: str = "/letter/", **data: Any) -> HttpResponse:
    response = client.post(where, {"why": "Because", **data})
    response.close()
    return response


def errors(response: HttpResponse) -> Any:
    return response.context["form"].errors


def test_page_with_a_file_sends_it_and_offers_what_it_takes(client: Client):
    page = flat(client.get("/letter/").content.decode())

    assert 'enctype="multipart/form-data"' in page
    assert 'accept=".pdf"' in page
    assert "A PDF (.pdf), smaller than 3MB" in page


def test_file_is_taken_under_a_fit_name(client: Client):
    """The browser's word for what it is counts for nothing."""
    letter = SimpleUploadedFile("C:\\My letter\u202e.pdf", samples.PDF, "text/html")

    response = sent(client, letter=letter)

    assert response.status_code == 302
    assert LetterView.taken == {"letter": ("My letter.pdf", "pdf", len(samples.PDF))}


@pytest.mark.parametrize("size", [LIMIT * MEGABYTE, LIMIT * MEGABYTE + 1])
def test_file_of_the_limit_is_taken_and_a_byte_more_is_not(client: Client, size: int):
    response = sent(client, letter=pdf(size))

    if size == LIMIT * MEGABYTE:
        assert LetterView.taken == {"letter": ("letter.pdf", "pdf", size)}
        assert LetterView.temporary == [size]
    else:
        assert errors(response) == {"letter": ["The selected file must be smaller than 3MB"]}


def test_far_too_large_file_is_measured_and_not_kept_and_nothing_typed_is_lost(client: Client):
    response = sent(client, letter=pdf(7 * MEGABYTE))

    assert errors(response) == {"letter": ["The selected file must be smaller than 3MB"]}
    assert response.context["form"]["why"].value() == "Because"
    assert LetterView.temporary == []


def test_files_share_what_is_let_in(client: Client):
    """The second has the right size, but the first took its room: it is not taken for an empty file."""
    response = sent(client, letter=pdf(5 * MEGABYTE), second=pdf(2 * MEGABYTE))

    assert errors(response) == {
        "letter": ["The selected file must be smaller than 3MB"],
        "second": ["The selected file must be smaller than 3MB"],
    }
    assert LetterView.temporary == [5 * MEGABYTE]

    assert sent(client, letter=pdf(LIMIT * MEGABYTE), second=pdf(2 * MEGABYTE)).status_code == 302
    assert sorted(LetterView.temporary) == [2 * MEGABYTE, LIMIT * MEGABYTE]


def test_page_that_asks_for_no_file_writes_none(client: Client):
    sent(client, "/no-letter/", letter=pdf(3 * MEGABYTE))

    assert LetterView.temporary == []


@pytest.mark.parametrize(
    ("where", "person", "megabytes"),
    [
        ("/letter/", AnonymousUser(), 2 * LIMIT),
        ("/own-letter/", User(), 2 * LIMIT),
        ("/own-letter/", AnonymousUser(), 0),
        ("/no-letter/", User(), 0),
        ("/health/", User(), 0),
    ],
)
def test_only_whom_the_door_lets_in_may_fill_the_disk(rf: Any, where: str, person: Any, megabytes: int):
    """The check of the form's token reads the whole request before anybody asks who sent it."""
    request = rf.post(where)
    request.resolver_match, request.user = resolve(where), person

    assert let_in(request) == megabytes * MEGABYTE


def test_request_that_met_no_view_lets_nothing_in(rf: Any):
    assert let_in(rf.post("/letter/")) == 0


@pytest.mark.parametrize("more", [0, 1])
def test_request_that_announces_too_much_is_turned_away_unread(client: Client, more: int):
    """The body that follows is short, so that only its announcement can be what is refused."""
    body = b'--x\r\nContent-Disposition: form-data; name="why"\r\n\r\nBecause\r\n--x--\r\n'
    announced = 2 * LIMIT * MEGABYTE + CEILING + more

    response = client.generic(
        "POST",
        "/letter/",
        body,
        content_type="multipart/form-data; boundary=x",
        **{"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(announced)},
    )

    assert response.status_code == (413 if more else 200)
    assert ("What you sent is too large" in response.content.decode()) is bool(more)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (SimpleUploadedFile("letter.pdf", b""), "The selected file is empty"),
        (SimpleUploadedFile("letter.exe", samples.PDF), "The selected file must be a PDF (.pdf)"),
        (
            SimpleUploadedFile("report.pdf", samples.PNG),
            "report.pdf is not a PDF: its content is a PNG image. Save it as a PDF and choose it again",
        ),
        (SimpleUploadedFile("x" * 300 + ".exe", samples.PDF), "The selected file must be a PDF (.pdf)"),
    ],
    ids=["empty", "ending", "content", "long name"],
)
def test_refusal_stands_at_the_field(client: Client, file: SimpleUploadedFile, message: str):
    file.seek(0)

    page = flat(sent(client, letter=file).content.decode())

    assert f'<a href="#id_letter">{message}</a>' in page
    assert 'aria-describedby="id_letter-hint id_letter-error"' in page


@pytest.mark.parametrize("name", ["..", "", "\u202e", "a/.."])
def test_file_without_a_name_is_none(client: Client, name: str):
    part = f'--x\r\nContent-Disposition: form-data; name="letter"; filename="{name}"\r\n\r\n'
    body = part.encode() + samples.PDF + b"\r\n--x--\r\n"

    response = client.generic("POST", "/letter/", body, content_type="multipart/form-data; boundary=x")

    assert errors(response) == {"letter": ["Select letter"]}


def test_name_of_three_hundred_characters_is_shortened(client: Client):
    assert sent(client, letter=pdf(100, "x" * 300 + ".pdf")).status_code == 302
    assert LetterView.taken["letter"][0] == "x" * 96 + ".pdf"


def test_unanswering_scanner_loses_nothing_typed(client: Client, settings: Any):
    settings.VIRUS_SCANNER = "clamd:///nowhere"

    response = sent(client, letter=pdf(100))

    assert errors(response) == {
        "letter": ["We cannot check files for viruses just now. Try again in a few minutes. Nothing you typed is lost."]
    }
    assert response.context["form"]["why"].value() == "Because"
    assert LetterView.taken == {}


def test_signed_in_person_uploads(client: Client):
    client.force_login(UserFactory())

    assert sent(client, "/own-letter/", letter=pdf(LIMIT * MEGABYTE)).status_code == 302
    assert LetterView.temporary == [LIMIT * MEGABYTE]


def test_file_given_earlier_is_shown_by_its_owners_name(document: Any):
    row = document.objects.create(file=upload("Ann’s letter.pdf"))
    form = LetterForm(initial={"letter": row.file})
    form.fields["letter"].current_href = "/document/1/"

    page = flat(str(form["letter"]))

    assert '<a class="govuk-link" href="/document/1/">Ann’s letter.pdf</a>' in page
    assert row.file.name not in page


@pytest.mark.parametrize(("sent", "kept"), [({}, "a"), ({"second-clear": "on"}, "")])
def test_file_given_earlier_stays_until_it_is_removed(document: Any, sent: dict[str, str], kept: str):
    row = document.objects.create(file=upload("a"))
    form = LetterForm(sent, {"letter": pdf(100)}, initial={"second": row.file})

    assert form.is_valid()
    assert getattr(form.cleaned_data["second"], "given_name", "") == kept


def lets_in_too_little(view: Any) -> bool:
    fields = getattr(getattr(view, "form_class", None), "base_fields", {}).values()
    asked = sum(field.max_megabytes for field in fields if isinstance(field, UploadField))
    return asked > getattr(view, "upload_megabytes", 0)


def test_every_view_lets_in_what_its_form_asks_for():
    views = [getattr(callback, "view_class", None) for callback in callbacks(get_resolver("mastery_hub.urls"))]

    assert [view for view in views if lets_in_too_little(view)] == []
    assert [view for view in (LetterView, NoFilesView) if lets_in_too_little(view)] == [NoFilesView]


def callbacks(resolver: URLResolver) -> Iterator[Any]:
    for pattern in resolver.url_patterns:
        yield from callbacks(pattern) if isinstance(pattern, URLResolver) else [pattern.callback]

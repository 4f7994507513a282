from typing import Any

import pytest
from django.http import Http404
from django.test import Client
from django.urls import path

from mastery_hub.common.access import SIGNED_IN
from mastery_hub.common.files.responses import private_file_response
from mastery_hub.common.views import PrivateFileView
from mastery_hub.urls import urlpatterns as project
from tests.common.conftest import upload
from tests.factories.accounts import UserFactory


class DocumentFileView(PrivateFileView):
    access = SIGNED_IN
    model: Any = None

    def get_queryset(self) -> Any:
        return self.model.objects.visible_to(self.request.user)


urlpatterns = [*project, path("document/<int:pk>/", DocumentFileView.as_view(), name="document")]


@pytest.fixture
def addressed(document: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings.ROOT_URLCONF = __name__
    monkeypatch.setattr(DocumentFileView, "model", document)
    return document


def test_owner_gets_the_file_and_others_find_nothing(addressed: Any, client: Client):
    ann, bob = UserFactory.create_batch(2)
    row = addressed.objects.create(file=upload("Ann's letter.pdf", b"%PDF" + b"x" * 200_000), owner=ann)
    addressed.objects.create(file=upload(content=b"bob's"), owner=bob)

    client.force_login(bob)
    assert client.get(f"/document/{row.pk}/").status_code == 404
    client.logout()
    assert client.get(f"/document/{row.pk}/")["Location"] == f"/account/sign-in/?next=/document/{row.pk}/"
    client.force_login(ann)
    response = client.get(f"/document/{row.pk}/")

    assert response.status_code == 200
    assert response.streaming
    assert response.getvalue() == b"%PDF" + b"x" * 200_000
    assert client.post(f"/document/{row.pk}/").status_code == 405


def test_file_is_kept_by_nobody_between_and_is_no_page_of_ours(addressed: Any, client: Client):
    ann = UserFactory()
    row = addressed.objects.create(file=upload("Brief d’Été.pdf"), owner=ann)
    client.force_login(ann)
    response = client.get(f"/document/{row.pk}/")
    headers = response.headers
    response.close()

    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Length"] == "15"
    assert (
        headers["Content-Disposition"]
        == "attachment; filename=\"Brief dEte.pdf\"; filename*=UTF-8''Brief%20d%E2%80%99%C3%89t%C3%A9.pdf"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert {"private", "no-store"} <= set(headers["Cache-Control"].split(", "))


@pytest.mark.parametrize(
    ("kind", "inline", "content_type", "shown"),
    [
        ("png", True, "image/png", "inline"),
        ("png", False, "image/png", "attachment"),
        ("pdf", True, "application/pdf", "attachment"),
        ("csv", False, "text/csv", "attachment"),
        ("", True, "application/octet-stream", "attachment"),
    ],
)
def test_type_is_what_was_found_and_only_images_are_shown(
    document: Any, kind: str, inline: bool, content_type: str, shown: str
):
    row = document.objects.create(file=upload("page.html", b"<script>", kind))

    response = private_file_response(row.file, inline=inline)

    assert response["Content-Type"] == content_type
    assert response["Content-Disposition"] == f'{shown}; filename="page.html"'
    response.close()


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ('x"; filename="y.exe.pdf', 'attachment; filename="x; filename=y.exe.pdf"'),
        ("two\r\nlines.pdf", 'attachment; filename="two lines.pdf"'),
        ("100%.pdf", 'attachment; filename="100%.pdf"'),
        ("学校.pdf", "attachment; filename=\"pdf\"; filename*=UTF-8''%E5%AD%A6%E6%A0%A1.pdf"),
        ("学校", "attachment; filename=\"file\"; filename*=UTF-8''%E5%AD%A6%E6%A0%A1"),
    ],
)
def test_name_is_one_value_of_the_header_whatever_it_holds(document: Any, name: str, header: str):
    response = private_file_response(document.objects.create(file=upload()).file, name=name)

    assert response["Content-Disposition"] == header
    response.close()


def test_file_that_is_gone_is_not_found_and_logged(document: Any, caplog: pytest.LogCaptureFixture):
    row = document.objects.create(file=upload("Ann.pdf"))
    row.file.storage.delete(row.file.name)

    with pytest.raises(Http404):
        private_file_response(document.objects.get().file)

    assert f"A private file is missing: {row.file.name}" in caplog.text
    assert "Ann" not in caplog.text


def test_row_without_a_file_has_none(document: Any):
    with pytest.raises(Http404):
        private_file_response(document.objects.create().file)

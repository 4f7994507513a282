"""NCETM reads every email before anybody gets it."""

import re
from typing import Any

import pytest
from django.urls import reverse

from mastery_hub.messaging.kinds import EmailKind, all_kinds
from mastery_hub.messaging.services import email_preview
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ncetm(client: Any) -> Any:
    client.force_login(UserFactory(ncetm=True))
    return client


def test_list_names_every_kind_and_whom_it_goes_to(ncetm: Any) -> None:
    page = ncetm.get(reverse("national_email_list")).content.decode()

    assert sorted(re.findall(r'href="/national/emails/([a-z_]+)/"', page)) == [kind.name for kind in all_kinds()]
    assert [kind.name for kind in all_kinds() if kind.goes not in page] == []


@pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.name)
def test_preview_shows_text_and_html_without_gaps(ncetm: Any, kind: EmailKind) -> None:
    page = ncetm.get(reverse("national_email", args=[kind.name]))
    as_sent = ncetm.get(reverse("national_email_as_sent", args=[kind.name]))

    preview = email_preview(kind)
    assert page.context["title"] == preview.subject
    assert page.context["text"] == preview.text
    assert as_sent.content.decode() == preview.html
    assert "0secret0" not in preview.text + preview.html


def test_preview_as_sent_may_do_nothing(ncetm: Any) -> None:
    answer = ncetm.get(reverse("national_email_as_sent", args=["invitation"]))

    assert set(answer["Content-Security-Policy"].split("; ")) == {
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "frame-ancestors 'none'",
        "sandbox",
    }


def test_unknown_kind_is_not_found(ncetm: Any) -> None:
    assert ncetm.get(reverse("national_email", args=["no_such_kind"])).status_code == 404

import pytest

from mastery_hub.accounts.models import PrivacyNotice
from tests.dashboards.conftest import Reader
from tests.factories.applications import PrivacyNoticeFactory

pytestmark = pytest.mark.django_db


def test_privacy_shows_the_latest_notice(anyone: Reader) -> None:
    PrivacyNoticeFactory(version=1, body="The first.")
    PrivacyNoticeFactory(version=2, body="## What we hold\n\nYour name.")

    words = anyone.reads("/privacy/")

    assert "Version 2" in words
    assert "What we hold Your name." in words
    assert "The first." not in words


def test_privacy_without_a_notice_says_so(anyone: Reader) -> None:
    assert not PrivacyNotice.objects.exists()
    assert "has not been published yet" in anyone.reads("/privacy/")


def test_cookies_names_the_cookies_that_are_set(anyone: Reader, settings) -> None:
    words = anyone.reads("/cookies/")

    assert settings.SESSION_COOKIE_NAME in words
    assert settings.CSRF_COOKIE_NAME in words


@pytest.mark.parametrize(
    ("path", "heading"), [("/accessibility/", "Accessibility statement"), ("/contact/", "Contact")]
)
def test_page_can_be_read_by_anyone(anyone: Reader, path: str, heading: str) -> None:
    assert anyone.reads(path).startswith(heading)

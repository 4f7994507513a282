"""The page of an outage in a browser, on a phone and on a laptop: accessible, and one button sends all again."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page

from tests.factories.accounts import UserFactory
from tests.factories.directory import MathsHubFactory

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
TEXT = "## Why\n\nEvery child can learn maths, and “mastery” is how."


def end_other_connections() -> None:
    """Those that the site's threads have kept: new ones are made under the name in force."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.mark.parametrize("width", [360, 1280])
def test_what_was_typed_is_read_copied_and_sent_again(
    chromium: Browser,
    site: str,
    client: Client,
    axe: Callable[[Page], None],
    monkeypatch: pytest.MonkeyPatch,
    width: int,
) -> None:
    hub = MathsHubFactory()
    client.force_login(UserFactory(hub_lead=hub))
    context = chromium.new_context(base_url=site, viewport={"width": width, "height": 900})
    context.add_cookies([{"name": name, "value": cookie.value, "url": site} for name, cookie in client.cookies.items()])
    page = context.new_page()
    page.goto(reverse("hub_block_edit", args=[hub.slug, "why"]))
    page.get_by_label("Text").fill(TEXT)

    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "NAME", "no_such_database")
        end_other_connections()
        page.get_by_role("button", name="Save").click()

        page.get_by_role("heading", level=1, name="The service cannot reach its database").wait_for()
        assert page.get_by_label("What you typed").input_value() == TEXT
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        other = context.new_page()
        other.goto("/account/")
        other.get_by_role("link", name="Try again").click()
        axe(other)

    page.get_by_role("button", name="Send it again").click()
    page.get_by_text("is saved and can be read now").wait_for()
    context.close()
    assert [body.replace("\r\n", "\n") for body in hub.blocks.values_list("body", flat=True)] == [TEXT]

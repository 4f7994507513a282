"""The register's pages in a browser: nothing for axe to find, and a run that is watched tells of its end by itself."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from mastery_hub.directory.models import RegisterImport
from mastery_hub.directory.services.register import register_run_waiting
from tests.directory.test_imports import four_schools, schools_file
from tests.factories.accounts import UserFactory
from tests.factories.directory import LocalAuthorityFactory, RegionFactory, RegisterImportFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]
WIDTHS = (360, 1280)


@pytest.fixture
def ncetm(browse: Callable[..., Page], client: Client, settings: Any) -> Page:
    LocalAuthorityFactory(code=998, name="Fictionshire", region=RegionFactory(name="North West"))
    client.force_login(UserFactory(ncetm=True))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page = browse()
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": settings.SITE_URL}])
    return page


@pytest.fixture
def look(ncetm: Page, axe: Callable[[Page], None]) -> Callable[[], None]:
    """Judges what is there, on a phone and on a desk."""

    def now() -> None:
        for width in WIDTHS:
            ncetm.set_viewport_size({"width": width, "height": 900})
            axe(ncetm)
            assert ncetm.evaluate("document.documentElement.scrollWidth") <= width, ncetm.url

    return now


def upload(page: Page, file: Any) -> None:
    page.goto(reverse("national_import_upload"))
    page.set_input_files("input[type=file]", {"name": file.name, "mimeType": "text/csv", "buffer": file.read()})
    page.get_by_role("button", name="Upload").click()


def test_watched_run_tells_of_its_end_by_itself(ncetm: Page, look: Callable[[], None]) -> None:
    ncetm.goto(reverse("national_import_upload"))
    look()
    upload(ncetm, schools_file(900001, 900002))
    expect(ncetm.get_by_role("status")).to_have_text("The file waits for a worker, which comes within a minute.")
    look()

    register_run_waiting()

    expect(ncetm.get_by_role("status")).to_have_text("The file is imported.")
    expect(ncetm.get_by_role("heading", level=1)).to_contain_text("Done")
    expect(ncetm.get_by_text("Check again")).to_have_count(0)
    look()


def test_short_file_is_insisted_on(ncetm: Page, look: Callable[[], None]) -> None:
    four_schools()
    upload(ncetm, schools_file(900001))
    register_run_waiting()
    expect(ncetm.get_by_role("status")).to_contain_text("fewer than half of the 4 known here")
    look()
    ncetm.get_by_role("link", name="import it all the same").click()
    ncetm.get_by_role("button", name="Import it all the same").click()
    look()

    ncetm.get_by_label("I have checked that this file is complete").check()
    ncetm.get_by_role("button", name="Import it all the same").click()
    register_run_waiting()

    expect(ncetm.get_by_role("status")).to_have_text("The file is imported.")
    assert RegisterImport.objects.filter(status="done", forced=True).count() == 1


def test_run_with_rejected_lines_and_the_history(ncetm: Page, look: Callable[[], None]) -> None:
    rejections = [
        [7, "900001", "URN is in the file twice"],
        [9, "", "The line has 3 columns, where the first names 139"],
    ]
    run = RegisterImportFactory(
        rows=50_000, rejected=2, rejections=rejections, new_authorities=["Newshire"], file_name="x" * 60 + ".csv"
    )
    RegisterImportFactory(running=True, size=100, read=45)

    ncetm.goto(run.get_absolute_url())
    look()
    ncetm.goto(reverse("national_import_list"))
    look()

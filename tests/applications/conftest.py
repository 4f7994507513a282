from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page

from applications.enums import State, SupportState
from applications.models import Application
from mastery_hub.accounts.models import User
from mastery_hub.directory.models import MathsHub
from tests.applications.hubs import STATEMENT
from tests.factories.applications import ApplicationFactory, HeadteacherStatementFactory, HeadteacherSupportFactory
from tests.factories.directory import MathsHubFactory

PHONE = 360


@pytest.fixture
def phone(browse: Callable[..., Page]) -> Page:
    return browse(width=PHONE)


@pytest.fixture
def sign_in(phone: Page, client: Client, settings: Any) -> Callable[[User], None]:
    def as_person(person: User) -> None:
        client.force_login(person)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        phone.context.clear_cookies()
        phone.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": settings.SITE_URL}])

    return as_person


@pytest.fixture
def look(phone: Page, axe: Callable[[Page], None]) -> Callable[..., None]:
    """Opens a page, presses a button where one is named, and judges what is there."""

    def at(path: str, press: str = "") -> None:
        phone.goto(path)
        if press:
            with phone.expect_navigation():
                phone.get_by_role("button", name=press, exact=True).click()
        axe(phone)
        assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE, path

    return at


@pytest.fixture
def hub() -> MathsHub:
    return MathsHubFactory()


@pytest.fixture
def application(hub: MathsHub) -> Application:
    application = ApplicationFactory(
        state=State.COMPLETE, hub=hub, ready=True, applicant__first_name="Sam", applicant__last_name="Okoro"
    )
    application.supports.all().delete()
    support = HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    HeadteacherStatementFactory(support=support, text=STATEMENT)
    return application

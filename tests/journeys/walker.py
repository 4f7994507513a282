"""One person in a browser window: every page they pass is checked with axe, and for what must never be on a page."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page

from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_body


class Walker:
    def __init__(self, page: Page, check: Callable[[Page], None]) -> None:
        self.page, self.check = page, check
        self.passed: list[str] = []
        page.set_default_timeout(15_000)

    def arrived(self, heading: str) -> None:
        """The page's one h1 begins with `heading` (a tag may follow); it fits the window, and axe finds nothing."""
        headings = self.page.locator("h1").all_inner_texts()
        assert [text.startswith(heading) for text in headings] == [True], f"{self.page.url}: {headings}"
        self.check(self.page)
        width = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width == 0, f"{self.page.url} is {width} pixels too wide"
        self.passed.append(self.page.url)

    def goes(self, path: str, heading: str) -> None:
        self.page.goto(path)
        self.arrived(heading)

    def clicks(self, target: Locator) -> None:
        """Waits for the page that comes: a click alone returns while the old one is still there, or none."""
        with self.page.expect_navigation():
            target.first.click()

    def follows(self, link: str, heading: str) -> None:
        """The first link whose words begin so: what follows may be hidden from view."""
        self.clicks(self.page.get_by_role("link", name=re.compile(rf"^(\d+\. )?{re.escape(link)}")))
        self.arrived(heading)

    def fills(self, **fields: str) -> None:
        """By name of the field, since labels are read out and checked by axe."""
        for name, value in fields.items():
            self.page.locator(f"[name={name}]").fill(value)

    def chooses_school(self, typed: str, name: str) -> None:
        """From the list that opens while one types."""
        self.page.get_by_role("combobox").press_sequentially(typed)
        self.page.get_by_role("option", name=name).wait_for()
        self.check(self.page)
        self.page.get_by_role("option", name=name).click()

    def ticks(self, label: str) -> None:
        """The one that is shown: a choice may reveal others of the same name."""
        self.page.get_by_label(label, exact=True).and_(self.page.locator("input:visible")).check()

    def ticks_all(self, kind: str = "checkbox") -> None:
        for box in self.page.locator(f"main input[type={kind}]").all():
            box.check()

    def presses(self, button: str, heading: str) -> None:
        self.clicks(self.page.get_by_role("button", name=button, exact=True))
        self.arrived(heading)

    def follows_button(self, link: str, heading: str) -> None:
        """A link that looks like a button and says so to a screen reader."""
        self.presses(link, heading)

    def goes_home_to_application(self, heading: str) -> None:
        self.goes("/applications/", "Your applications")
        self.clicks(self.page.locator("main a[href*='/applications/MS-']"))
        self.arrived(heading)

    def sees_error(self, message: str) -> None:
        assert self.page.title().startswith("Error: "), self.page.title()
        self.page.locator(".govuk-error-summary").get_by_text(message).wait_for(timeout=1000)

    def sees(self, *texts: str) -> None:
        main = self.page.locator("main").inner_text()
        missing = [text for text in texts if text not in main]
        assert missing == [], f"{self.page.url} lacks {missing}:\n{main}"

    def does_not_see(self, *texts: str) -> None:
        content = self.page.content().lower()
        assert [text for text in texts if text.lower() in content] == [], self.page.url

    def signs_in(self, email: str, heading: str, *, first: str = "/account/sign-in/") -> None:
        self.goes(first, "Sign in")
        self.fills(email=email)
        self.presses("Continue", "Check your email")
        self.fills(code=code_sent_to(email))
        self.presses("Sign in", heading)


def emails_to(address: str) -> list[str]:
    return list(Email.objects.filter(to=address).order_by("created_at", "pk").values_list("kind", flat=True))


def latest_email_to(address: str) -> str:
    return email_body(Email.objects.filter(to=address).latest("created_at", "pk")).text


def code_sent_to(address: str) -> str:
    return re.search(r"\b(\d{3}[ -]?\d{3}|\d{6}|[A-Z0-9]{6})\b", latest_email_to(address).replace(address, ""))[1]


def link_sent_to(address: str, part: str) -> str:
    return re.search(rf"https?://\S*{part}[^\s)>]*", latest_email_to(address))[0]

"""A person at a browser, as far as forms need one: cookies, the hidden token, the Origin. It follows no redirect."""

import http.client
from contextlib import closing
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.test import Client

from mastery_hub.accounts.models import User

Fields = dict[str, list[str]]


class Forms(HTMLParser):
    """Each form of a page that is posted: where to, and what its fields hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, Fields]] = []
        self.fields: Fields = {}
        self.text: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.fields = {}
            if given.get("method", "").lower() == "post":
                self.found.append((given.get("action", ""), self.fields))
        elif tag in ("input", "textarea") and "name" in given:
            values = self.fields.setdefault(given["name"], [])
            if tag == "textarea":
                self.text = []
                values.append("")
            elif given.get("type") not in ("checkbox", "radio") or "checked" in dict(attrs):
                values.append(given.get("value", ""))
            self.last = values

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.text is not None:
            self.last[-1] = "".join(self.text).removeprefix("\n")  # as a browser does
            self.text = None


@dataclass
class Answer:
    status: int
    page: str
    headers: dict[str, str]
    path: str

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    def form(self, path: str = "") -> Fields:
        """What the page's own form holds: the last one, after those of the header."""
        action, fields = Forms(self.page).found[-1]
        assert action in ("", self.path, path), action
        return fields


class Visitor:
    def __init__(self, site: str, person: User | None = None, seconds: float = 60) -> None:
        self.site, self.host, self.seconds = site, urlsplit(site).netloc, seconds
        self.cookies: dict[str, str] = {}
        if person:
            client = Client()
            client.force_login(person)
            self.keep(client)

    def keep(self, client: Client) -> None:
        """The cookies of a client that met the same database without the network."""
        self.cookies |= {name: morsel.value for name, morsel in client.cookies.items()}

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, fields: Fields, **headers: str) -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.site, **headers}
        return self._ask("POST", path, urlencode(fields, doseq=True), headers)

    def fill(self, path: str, **values: Any) -> Answer:
        """Opens a form, changes some of its fields and sends it."""
        opened = self.get(path)
        assert opened.status == 200, (path, opened.status)
        return self.post(path, opened.form() | values)

    def send_again(self, answer: Answer) -> Answer:
        """Presses the button of the page that gave back what was typed."""
        assert "Send it again" in answer.page
        return self.post(answer.path, answer.form())

    def _ask(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with closing(http.client.HTTPConnection(self.host, timeout=self.seconds)) as connection:
            connection.request(method, path, body, {"Cookie": cookies, **(headers or {})})
            response = connection.getresponse()
            page = response.read().decode()
        for line in response.headers.get_all("Set-Cookie") or []:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return Answer(response.status, page, dict(response.headers.items()), path)

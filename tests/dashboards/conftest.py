from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from mastery_hub.accounts.models import User


class Reader:
    """Somebody with a browser: `reads` gives the words of a page, in one line."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def gets(self, path: str, status: int = 200) -> Any:
        response = self.client.get(path)
        assert response.status_code == status, f"{path}: {response.status_code}"
        return response

    def reads(self, path: str) -> str:
        html = self.gets(path).content.decode().replace("<br>", " ")
        return " ".join(strip_tags(html[html.index("<main") : html.index("</main>")]).split())

    def queries(self, path: str) -> int:
        with CaptureQueriesContext(connection) as taken:
            self.gets(path)
        return len(taken)


@pytest.fixture
def anyone(client: Client) -> Reader:
    return Reader(client)


@pytest.fixture
def signed_in() -> Callable[[User], Reader]:
    def as_person(user: User) -> Reader:
        client = Client()
        client.force_login(user)
        return Reader(client)

    return as_person

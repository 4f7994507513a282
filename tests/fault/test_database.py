"""PostgreSQL restarted, hanging or held up under a real site: each page says so, and nothing typed is lost."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from applications.models import Answer, Application
from mastery_hub.dashboards.views.machines import DATABASE_SECONDS
from tests.applications.applicants import url
from tests.factories.applications import ApplicationFactory
from tests.fault.disks import FILLER, fill
from tests.fault.house import House, OwnPostgres, hanging, wait_until
from tests.fault.visitor import Answer as Page
from tests.fault.visitor import Visitor
from tests.threads import someone_waits

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
TEXT = "I plan in small steps.\n\n“Why does it work?” is what I ask most, so that the whole class thinks along with me."


class Writing:
    """An applicant in the middle of an answer."""

    def __init__(self, house: House, **state: Any) -> None:
        self.application: Application = ApplicationFactory(**state)
        self.visitor = Visitor(house.site, self.application.applicant)
        self.path = url(self.application, "answer", number=1)
        self.form = self.visitor.get(self.path).form()

    def send(self) -> Page:
        return self.visitor.post(self.path, self.form | {"text": TEXT})

    def sending(self) -> "Sending":
        return Sending(self)

    @property
    def saved(self) -> list[str]:
        return list(Answer.objects.filter(application=self.application).values_list("text", flat=True))


class Sending(threading.Thread):
    """One request under way."""

    def __init__(self, writing: Writing) -> None:
        super().__init__()
        self.writing = writing
        self.answer: Page | None = None
        self.start()

    def run(self) -> None:
        self.answer = self.writing.send()

    def ended(self) -> Page:
        self.join(60)
        assert self.answer
        return self.answer


@contextmanager
def row_held(application: Application) -> Iterator[None]:
    """As if a colleague's transaction took its time."""
    with transaction.atomic():
        Application.objects.select_for_update().get(pk=application.pk)
        yield


def ready(house: House) -> dict[str, bool]:
    return json.loads(Visitor(house.site).get("/ready/").page)


def test_database_restarted_while_a_form_is_filled_in(own_database: OwnPostgres, house: House) -> None:
    house.redis()
    house.web()
    writing = Writing(house)
    own_database.stop()

    away = writing.send()

    assert (away.status, away.headers["Retry-After"]) == (503, "60")
    assert "The service cannot reach its database" in away.page
    assert away.form(writing.path)["text"] == [TEXT]
    assert writing.visitor.get("/").status == 503
    assert Visitor(house.site).get("/health/").status == 200
    assert ready(house) == {"database": False, "migrations": False, "broker": True, "worker": False, "beat": False}

    connection.close()
    own_database.start()

    assert writing.visitor.send_again(away).status == 302
    assert writing.saved == [TEXT]
    assert [writing.visitor.get("/").status for _ in range(8)] == [200] * 8  # whatever connections the threads kept
    assert ready(house)["database"] is True


def test_database_restarted_while_a_form_is_being_saved(own_database: OwnPostgres, house: House) -> None:
    """The request is in its transaction, the server goes away under it, and is back when the page is read."""
    house.web()
    writing = Writing(house)
    with suppress(OperationalError, InterfaceError), row_held(writing.application):  # which is thrown out as well
        sending = writing.sending()
        wait_until(someone_waits)
        own_database.stop()
        own_database.start()
    connection.close()

    away = sending.ended()

    assert away.status == 503
    assert writing.saved == []
    assert writing.visitor.send_again(away).status == 302
    assert writing.visitor.send_again(away).status == 302  # pressed twice: still once
    assert writing.saved == [TEXT]


def test_hanging_database_is_told_from_a_living_process(own_database: OwnPostgres, house: House) -> None:
    house.redis()
    house.web()
    assert ready(house)["database"] is True

    with hanging(own_database.process):
        began = time.monotonic()
        answers = [ready(house)["database"] for _ in range(2)]
        alive = Visitor(house.site).get("/health/").status
        took = time.monotonic() - began

    assert (answers, alive) == ([False, False], 200)
    assert took < 2 * DATABASE_SECONDS + 2
    wait_until(lambda: ready(house)["database"])


@pytest.mark.parametrize(
    "limits", [{"LOCK_SECONDS": "1"}, {"LOCK_SECONDS": "60", "STATEMENT_SECONDS": "1"}], ids=["lock", "statement"]
)
def test_form_that_is_held_up_is_given_back(house: House, limits: dict[str, str]) -> None:
    house.web(**limits)
    writing = Writing(house)
    with row_held(writing.application):
        slow = writing.send()

    assert (slow.status, "This took too long" in slow.page) == (503, True)
    assert slow.form(writing.path)["text"] == [TEXT]
    assert writing.saved == []
    assert writing.visitor.send_again(slow).status == 302
    assert writing.saved == [TEXT]


def test_full_disk_saves_nothing_and_loses_nothing(database_on_a_small_disk: Path, house: House) -> None:
    house.web()
    writing = Writing(house)
    fill(database_on_a_small_disk)

    full = writing.send()

    assert (full.status, "The service cannot save anything at the moment" in full.page) == (503, True)
    assert full.form(writing.path)["text"] == [TEXT]
    assert writing.visitor.get(writing.path).status == 200  # reading goes on
    (database_on_a_small_disk / FILLER).unlink()
    assert writing.visitor.send_again(full).status == 302
    assert writing.saved == [TEXT]

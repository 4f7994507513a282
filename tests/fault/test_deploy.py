"""New code is put in place while people work: what is under way ends well, and nobody meets a closed door."""

import signal
import threading
from collections.abc import Iterator
from http.client import HTTPException

import pytest

from mastery_hub.messaging.models import Email
from tests.counts import count
from tests.factories.accounts import UserFactory
from tests.fault.house import House, wait_until
from tests.fault.post_office import PostOffice
from tests.fault.test_database import TEXT, Writing, row_held
from tests.fault.visitor import Visitor
from tests.threads import someone_waits

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


def test_form_under_way_is_saved_before_the_process_ends(house: House) -> None:
    house.web(LOCK_SECONDS="60")
    writing = Writing(house)
    web = house.process("web")
    with row_held(writing.application):
        sending = writing.sending()
        wait_until(someone_waits)
        web.send_signal(signal.SIGTERM)
        wait_until(lambda: not house.answers())  # nobody new comes in

    assert sending.ended().status == 302
    assert writing.saved == [TEXT]
    assert web.wait(20) == 0


class Knocking(threading.Thread):
    """Asks for a page again and again until told to stop, and keeps what it was answered."""

    def __init__(self, site: str) -> None:
        super().__init__()
        self.visitor, self.answers, self.enough = Visitor(site), [], threading.Event()

    def run(self) -> None:
        while not self.enough.is_set():
            try:
                self.answers.append(self.visitor.get("/cookies/").status)
            except (OSError, HTTPException) as error:
                self.answers.append(repr(error))


@pytest.fixture
def knocking(house: House) -> Iterator[Knocking]:
    house.web(workers=2, LOCK_SECONDS="60")
    knocking = Knocking(house.site)
    knocking.start()
    yield knocking
    knocking.enough.set()
    knocking.join()


@pytest.mark.parametrize("attempt", range(count(1, 20)))
def test_reload_closes_the_door_to_nobody(attempt: int, house: House, knocking: Knocking) -> None:
    """SIGHUP: new processes with the new code, the old ones end when their requests have."""
    web = house.process("web")
    before = {child.pid for child in web.children()}
    wait_until(lambda: len(knocking.answers) > 10)
    writing = Writing(house)
    with row_held(writing.application):
        sending = writing.sending()
        wait_until(someone_waits)
        web.send_signal(signal.SIGHUP)
        wait_until(lambda: {child.pid for child in web.children()} - before)

    assert sending.ended().status == 302
    assert writing.saved == [TEXT]
    wait_until(lambda: not before & {child.pid for child in web.children()})
    seen = len(knocking.answers)
    wait_until(lambda: len(knocking.answers) > seen + 10)
    assert set(knocking.answers) == {200}


def test_process_that_ends_finishes_the_letter_in_its_hands(house: House, post_office: PostOffice) -> None:
    """A web process that sends a code by itself, since no worker runs."""
    house.web()
    person = UserFactory()
    post_office.door.clear()
    Visitor(house.site).fill("/account/sign-in/", email=person.email)
    assert post_office.waiting.wait(20)

    web = house.process("web")
    web.send_signal(signal.SIGTERM)
    wait_until(lambda: not house.answers())
    post_office.door.set()

    web.wait(20)
    assert [letter["To"] for letter in post_office.letters] == [person.email]
    assert set(Email.objects.values_list("status", "attempts")) == {("sent", 1)}

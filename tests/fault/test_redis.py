"""Redis or the worker is gone: people sign in, submit and sign all the same, and every email goes out once."""

import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.test import Client
from django.urls import reverse

from applications.enums import State, SupportState
from applications.models import Application, HeadteacherSupport
from mastery_hub.messaging.enums import EmailStatus
from mastery_hub.messaging.models import Email
from tests.applications.applicants import url
from tests.counts import count
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, RoundFactory
from tests.fault.house import House, hanging, wait_until
from tests.fault.post_office import PostOffice
from tests.fault.visitor import Visitor

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


@contextmanager
def stopped(house: House) -> Iterator[None]:
    yield


@contextmanager
def deaf(house: House) -> Iterator[None]:
    house.redis()
    with hanging(house.process("redis")):
        yield


@contextmanager
def without_worker(house: House) -> Iterator[None]:
    """The nudge arrives, and nobody comes for it."""
    house.redis()
    yield


@pytest.mark.parametrize("broken", [stopped, deaf, without_worker])
def test_sign_in_by_code(house: House, post_office: PostOffice, broken: Callable[..., Iterator[None]]) -> None:
    person = UserFactory(first_name="Amina", last_name="Rahman")
    house.web()
    visitor = Visitor(house.site)
    with broken(house):
        visitor.fill("/account/sign-in/", email=person.email)  # imports what a first request needs
        began = time.monotonic()
        asked = visitor.fill("/account/sign-in/", email=person.email)
        waited = time.monotonic() - began
        assert (asked.status, asked.location) == (302, reverse("account_confirm_login_code"))
        wait_until(lambda: len(post_office.letters) == 2)
        signed_in = visitor.fill(asked.location, code=post_office.code_for(person.email))

        assert signed_in.status == 302
        assert "Amina Rahman" in visitor.get("/account/").page
        assert waited < 2


def test_wrong_code_is_refused_there_too(house: House, post_office: PostOffice) -> None:
    person = UserFactory()
    house.web()
    visitor = Visitor(house.site)
    asked = visitor.fill("/account/sign-in/", email=person.email)
    wait_until(lambda: post_office.code_for(person.email))
    wrong = str(999_999 - int(post_office.code_for(person.email))).zfill(6)

    assert visitor.fill(asked.location, code=wrong).status == 200
    assert visitor.get("/account/").status == 302


class Pair:
    """A teacher with a finished draft, and the headteacher who was asked, each at a browser."""

    def __init__(self, house: House, **application: object) -> None:
        self.application = ApplicationFactory(ready=True, **application)
        support = self.application.supports.get()
        HeadteacherSupport.objects.filter(pk=support.pk).update(state=SupportState.OPENED)
        self.teacher, self.head = Visitor(house.site, self.application.applicant), Visitor(house.site)
        browser = Client()
        session = browser.session
        session["support_link"] = support.token_hash
        session.save()
        self.head.keep(browser)

    def submit(self) -> None:
        assert self.teacher.fill(url(self.application, "check")).location == url(self.application, "submitted")

    def sign(self) -> None:
        self.head.fill(reverse("support_statement"), statement="The teacher others come to watch.")
        path = reverse("support_commitments")
        signed = self.head.fill(path, **everything_ticked(self.head.get(path).page), signed_as="Helen Marsh")
        assert signed.location == reverse("support_done")


def everything_ticked(page: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*checkbox[^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]+)"', tag)
        assert name
        assert value
        found.setdefault(name[1], []).append(value[1])
    return found


def test_submitting_and_signing_lose_nothing_while_redis_is_away(house: House, post_office: PostOffice) -> None:
    """Worker and beat live through it, and send each email once as soon as Redis is back."""
    house.redis()
    house.worker()
    house.beat()
    house.web()
    pairs = [Pair(house, round=round) for round in [RoundFactory(complete=True)] for _ in range(count(2, 50))]
    house.end("redis", signal.SIGKILL)

    for pair in pairs:
        pair.submit()
        pair.sign()

    assert set(Application.objects.values_list("state", flat=True)) == {State.COMPLETE}
    written = set(Email.objects.values_list("message_id", flat=True))
    assert len(written) >= 4 * len(pairs)
    assert set(Email.objects.values_list("status", flat=True)) == {EmailStatus.QUEUED}
    assert post_office.letters == []

    house.redis()

    wait_until(lambda: not Email.objects.exclude(status=EmailStatus.SENT).exists(), seconds=90)
    assert sorted(post_office.message_ids) == sorted(written)

"""Redis or the worker is gone: people sign in, submit and sign all the same, and every email goes out once."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.urls import reverse

from applications.enums import State
from applications.models import Application
from mastery_hub.messaging.enums import EmailStatus
from mastery_hub.messaging.models import Email
from tests.counts import count
from tests.factories.accounts import UserFactory
from tests.factories.applications import RoundFactory
from tests.fault.house import House, hanging, wait_until
from tests.fault.pair import Pair
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

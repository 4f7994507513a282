"""A share of a row that others refer to: two hold it at once, and whoever would change the row waits."""

from collections.abc import Callable

import pytest
from django.db import OperationalError, connection, transaction

from applications.models import Round
from mastery_hub.common.models import key_share
from tests.factories.applications import RoundFactory
from tests.threads import together

pytestmark = pytest.mark.django_db(transaction=True)


def locked(round: Round) -> None:
    Round.objects.select_for_update(of=("self",)).get(pk=round.pk)


def while_shared(round: Round, wants: Callable[[Round], None]) -> str:
    """What comes of it on another connection that waits for half a second at most."""

    def other() -> str:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '500ms'")
                wants(round)
        except OperationalError:
            return "waits"
        return "goes on"

    with transaction.atomic():
        key_share(round)
        [answer] = together(other)
    return answer


def test_two_hold_a_share_of_one_row_at_once() -> None:
    assert while_shared(RoundFactory(), key_share) == "goes on"


def test_whoever_locks_the_row_waits_for_those_who_share_it() -> None:
    assert while_shared(RoundFactory(), locked) == "waits"


def test_another_row_is_not_held() -> None:
    other = RoundFactory()
    assert while_shared(RoundFactory(), lambda _: locked(other)) == "goes on"

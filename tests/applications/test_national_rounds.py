"""What NCETM sees of all rounds, and of one: where it stands, what is set up and what is missing."""

from datetime import timedelta

import pytest
from django.test import Client

from applications import set_up
from applications.models import Round
from mastery_hub.common import clock
from tests.factories.accounts import UserFactory
from tests.factories.applications import RoundFactory
from tests.factories.cohorts import HubPlacesFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def ncetm(client: Client) -> Client:
    client.force_login(UserFactory(ncetm=True))
    return client


@pytest.mark.parametrize(
    ("opens", "closes", "published", "stage"),
    [
        (-HOUR, HOUR, None, "Being set up"),
        (HOUR, 2 * HOUR, HOUR, "Being set up"),
        (HOUR, 2 * HOUR, -HOUR, "Published"),
        (-HOUR, HOUR, -HOUR, "Open"),
        (0 * HOUR, HOUR, -HOUR, "Open"),
        (-2 * HOUR, 0 * HOUR, -2 * HOUR, "Closed"),
    ],
)
def test_list_says_where_each_round_stands(
    ncetm: Client, time_machine, opens: timedelta, closes: timedelta, published: timedelta | None, stage: str
) -> None:
    time_machine.move_to(clock.now(), tick=False)
    now = clock.now()
    round = RoundFactory(
        opens_at=now + opens, closes_at=now + closes, published_at=None if published is None else now + published
    )

    (row,) = ncetm.get("/national/rounds/").context["table"].rows

    assert row.record == round
    assert f">{stage}</strong>" in row.get_cell("stage")


def statuses(ncetm: Client, round: Round) -> dict[str, str]:
    page = ncetm.get(f"/national/rounds/{round.code}/")
    return {task["name"]: task["status"] for group in page.context["groups"] for task in group["tasks"]}


def test_page_of_an_empty_round_says_what_is_to_do(ncetm: Client) -> None:
    shown = statuses(ncetm, RoundFactory(published_at=None))

    assert {name for name, status in shown.items() if status == "Completed"} == {"Cohort and code", "Dates"}
    assert set(shown.values()) == {"Completed", "Optional", "To do"}


def test_page_of_a_complete_round_says_that_nothing_is_missing(ncetm: Client) -> None:
    round = RoundFactory(complete=True, published_at=None)
    HubPlacesFactory(cohort=round.cohort)

    shown = statuses(ncetm, round)
    open_tasks = {name: status for name, status in shown.items() if status != "Completed"}
    left = ("Eligibility questions", "Residentials", "Release days", "What the cohort is told")
    assert open_tasks == dict.fromkeys(left, "Optional")
    assert set_up.missing(round) == []


def test_hub_without_a_place_does_not_take_part(ncetm: Client) -> None:
    round = RoundFactory(complete=True)
    HubPlacesFactory(cohort=round.cohort, places=0)

    assert set_up.missing(round) == ["Say which hubs take part and how many places each has"]

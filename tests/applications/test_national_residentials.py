"""NCETM sets the residentials of a cohort: in order, in its year, and as they were once somebody relies on them."""

from datetime import date

import pytest
from django.http import HttpResponse
from django.test import Client

from applications.models import Round
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, RoundFactory
from tests.factories.cohorts import ResidentialFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ncetm(client: Client) -> Client:
    client.force_login(UserFactory(ncetm=True))
    return client


@pytest.fixture
def round() -> Round:
    """Of 2027/28, with one residential on 11 and 12 November."""
    round = RoundFactory(complete=True, to_check=["residentials"])
    ResidentialFactory(cohort=round.cohort, number=1, starts_on=date(2027, 11, 11))
    return round


def days(number: int, first: date | None, last: date | None, venue: str = "", confirmed: str = "") -> dict[str, object]:
    told: dict[str, object] = {f"venue-{number}": venue}
    if confirmed:
        told[f"confirmed-{number}"] = confirmed
    for name, on in (("first", first), ("last", last)):
        for part in ("day", "month", "year"):
            told[f"{name}-{number}-{part}"] = getattr(on, part) if on else ""
    return told


def save(ncetm: Client, round: Round, *rows: dict[str, object]) -> HttpResponse:
    page = ncetm.get(f"/national/rounds/{round.code}/residentials/")
    sent = {"seen": page.context["form"]["seen"].value()}
    for row in rows:
        sent |= row
    return ncetm.post(f"/national/rounds/{round.code}/residentials/", sent)


FIRST = days(1, date(2027, 11, 11), date(2027, 11, 12), "Leeds", "on")
SECOND = days(2, date(2028, 3, 8), date(2028, 3, 9))


def told(round: Round) -> list[tuple[int, date, str, bool]]:
    return [(r.number, r.starts_on, r.venue, r.confirmed) for r in round.cohort.residentials.all()]


def test_residentials_are_added_confirmed_and_taken_away(ncetm: Client, round: Round) -> None:
    assert save(ncetm, round, FIRST, SECOND).status_code == 302
    assert told(round) == [(1, date(2027, 11, 11), "Leeds", True), (2, date(2028, 3, 8), "", False)]
    round.refresh_from_db()
    assert round.to_check == []

    # without the first, the second is the first
    assert save(ncetm, round, days(1, None, None), SECOND).status_code == 302
    assert told(round) == [(1, date(2028, 3, 8), "", False)]


@pytest.mark.parametrize(
    ("second", "field", "sentence"),
    [
        (days(2, date(2028, 3, 8), None), "last-2", "Enter both the first and the last day, or neither"),
        (
            days(2, date(2028, 3, 8), date(2028, 3, 7)),
            "last-2",
            "The last day must not be before the first, 8 March 2028",
        ),
        (
            days(2, date(2028, 9, 1), date(2028, 9, 2)),
            "first-2",
            "Residentials must be in the development year 2027/28",
        ),
        (
            days(2, date(2027, 11, 12), date(2027, 11, 13)),
            "first-2",
            "This residential must begin after the one before has ended, 12 November 2027",
        ),
    ],
)
def test_days_are_in_order_and_in_the_year(
    ncetm: Client, round: Round, second: dict[str, object], field: str, sentence: str
) -> None:
    page = save(ncetm, round, FIRST, second)

    assert dict(page.context["form"].errors) == {field: [sentence]}
    assert len(told(round)) == 1


def test_days_that_people_have_signed_for_stay(ncetm: Client, round: Round) -> None:
    ApplicationFactory(round=round)

    moved = save(ncetm, round, days(1, date(2027, 11, 18), date(2027, 11, 19)))
    assert moved.context["form"].errors["__all__"][0].startswith("Teachers have begun applications")
    assert save(ncetm, round, FIRST, SECOND).status_code == 200

    assert save(ncetm, round, FIRST).status_code == 302
    assert told(round) == [(1, date(2027, 11, 11), "Leeds", True)]

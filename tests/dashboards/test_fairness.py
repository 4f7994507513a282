"""How far each group comes: exact where it is shown, hidden where somebody could be recognised."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.enums import Action, State
from applications.models import Application, Round
from mastery_hub.common import clock
from mastery_hub.dashboards.fairness import FEWEST, STAGES, Breakdown, fairness, groups_shown, hidden
from tests.dashboards.conftest import Reader
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, EqualityAnswersFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

SignIn = Callable[..., Reader]
PAGE, CSV = "/national/fairness/", "/national/fairness.csv"


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ([], []),
        ([0, 0], [0, 0]),
        ([5, 100], [5, 100]),
        ([4, 100, 6], [None, 100, None]),
        ([4, 5, 0], [None, None, 0]),
        ([1, 1, 5, 9], [None, None, None, None]),
        ([3, 4, 3, 50], [None, None, None, 50]),
        ([4, 40], [None, None]),
    ],
)
def test_small_numbers_are_hidden_with_what_would_tell_them(numbers: list[int], shown: list[int | None]) -> None:
    assert hidden(numbers) == shown


@given(st.lists(st.integers(0, 12), max_size=8), st.sets(st.integers(0, 7), max_size=3))
def test_no_hidden_number_follows_from_the_total(numbers: list[int], also: set[int]) -> None:
    shown = hidden(numbers, also)

    gone = [number for number, seen in zip(numbers, shown, strict=True) if seen is None]
    assert [seen for seen in shown if seen is not None and 0 < seen < FEWEST] == []
    assert all(seen in (None, number) for number, seen in zip(numbers, shown, strict=True))
    whole = not [seen for seen in shown if seen]  # everything but zeros is hidden
    assert not gone or whole or (len(gone) > 1 and sum(gone) >= 2 * FEWEST)


def test_group_too_small_to_be_shown_hides_how_far_it_came() -> None:
    far = {"supported": 0, "offered": 0, "accepted": 0}

    small, large = groups_shown({"Few": {"submitted": 2, **far}, "Many": {"submitted": 20, **far}})

    assert set(small.counts.values()) == {None}
    assert large.counts["submitted"] is None  # else the total would tell the other


def rows_of(counted: dict[str, list[int]]) -> dict[str, list[int | None]]:
    groups = groups_shown({name: dict(zip(STAGES, numbers, strict=True)) for name, numbers in counted.items()})
    return {group.name: list(group.counts.values()) for group in groups}


@pytest.mark.parametrize(
    ("counted", "shown"),
    [
        ([6, 6, 5, 5], [6, 6, None, None]),  # exactly one was refused
        ([6, 5, 5, 5], [6, None, None, None]),
        ([40, 40, 30, 28], [40, 40, 30, None]),
        ([40, 35, 30, 25], [40, 35, 30, 25]),
        ([6, 6, 6, 0], [6, 6, 6, 0]),
    ],
)
def test_so_few_who_fell_away_are_hidden_like_so_few_who_came_far(counted: list[int], shown: list[int | None]) -> None:
    assert rows_of({"Yes": counted, "No": [80, 60, 40, 20]})["Yes"] == shown


COUNTED = st.lists(
    st.lists(st.integers(0, 14), min_size=4, max_size=4).map(lambda row: sorted(row, reverse=True)), max_size=6
)


@given(COUNTED)
def test_no_number_that_is_hidden_follows_from_others(rows: list[list[int]]) -> None:
    """Whoever knows each column’s total, and with it how many fell away in all."""
    counted = {str(place): row for place, row in enumerate(rows) if row[0]}
    shown = rows_of(counted)

    for now in range(len(STAGES)):
        gone = {name for name, row in shown.items() if row[now] is None}
        kept = shown.keys() - gone
        assert all(shown[name][now] == counted[name][now] for name in kept)
        numbers = [{name: row[now] for name, row in counted.items()}]
        numbers += [{name: row[before] - row[now] for name, row in counted.items()} for before in range(now)]
        for told in numbers:
            assert [told[name] for name in kept if 0 < told[name] < FEWEST] == []
            whole = not any(told[name] for name in kept)  # everything but zeros is hidden
            assert not gone or whole or (len(gone) > 1 and sum(told[name] for name in gone) >= 2 * FEWEST)
        assert not now or {name for name, row in shown.items() if row[now - 1] is None} <= gone


@pytest.fixture
def round(db: None) -> Round:
    return RoundFactory(complete=True, code="NCP99-01")


def applied(round: Round, number: int, *, reached: int = 0, **kwargs: Any) -> list[Application]:
    """So many who submitted; the first `reached` of them accepted a place."""
    by = kwargs["hub"] if "hub" in kwargs else MathsHubFactory()
    if not by.places.filter(cohort=round.cohort).exists():
        HubPlacesFactory(cohort=round.cohort, hub=by, places=100)
    school = kwargs.pop("school", None) or SchoolFactory()
    told = {"round": round, "school": school} | kwargs | {"hub": by}
    found = []
    for place in range(number):
        state = State.OFFERED if place < reached else State.COMPLETE
        application = ApplicationFactory(state=state, **told)
        if place < reached:
            steps = (Action.COMPLETE, State.COMPLETE), (Action.ACCEPT, State.ACCEPTED)
            for action, to in steps:
                application.events.create(action=action, to_state=to, by=application.applicant, at=clock.now())
        found.append(application)
    return found


def breakdown(round: Round, title: str) -> Breakdown:
    return next(each for each in fairness(round) if each.title == title)


def counts(round: Round, title: str) -> dict[str, list[int | None]]:
    return {group.name: list(group.counts.values()) for group in breakdown(round, title).groups}


def test_regions_by_what_they_submitted_and_reached(round: Round) -> None:
    north, south = MathsHubFactory(region__name="North"), MathsHubFactory(region__name="South")
    applied(round, 12, reached=6, hub=north)
    applied(round, 7, hub=south)
    ApplicationFactory(round=round, hub=south)  # a draft
    applied(RoundFactory(complete=True), 5, hub=south)

    assert counts(round, "Region") == {"North": [12, 6, 6, 6], "South": [7, 0, 0, 0]}
    assert breakdown(round, "Region").groups[0].share("offered") == pytest.approx(0.5)
    assert not breakdown(round, "Region").hides


def test_schools_of_a_kind_without_a_name_come_last(round: Round) -> None:
    applied(round, 5, school=SchoolFactory(type_group=11))
    applied(round, 6, school=SchoolFactory(type_group=1001))
    applied(round, 5, school=SchoolFactory(type_group=9))

    assert {name: row[0] for name, row in counts(round, "Kind of school").items()} == {
        "Free school": 5,
        "Another kind of school": 11,
    }


def test_answers_by_group_and_those_who_did_not_answer(round: Round) -> None:
    applications = applied(round, 21, reached=5)
    for application in applications[:10]:
        EqualityAnswersFactory(application=application, sex="female")
    for application in applications[10:15]:
        EqualityAnswersFactory(application=application, sex="male", age_group="")
    EqualityAnswersFactory(application=applications[15], sex="", disability="no")

    assert counts(round, "Sex") == {"Female": [10, 5, 5, 5], "Male": [5, 0, 0, 0], "Not answered": [6, 0, 0, 0]}


def test_proposed_offers_do_not_count(round: Round) -> None:
    for _ in range(5):
        ApplicationFactory(round=round, state=State.OFFER_PROPOSED)

    assert {tuple(row) for row in counts(round, "Phase taught").values()} == {(5, 0, 0, 0)}


def test_page_and_download_say_the_same(round: Round, signed_in: SignIn) -> None:
    north = MathsHubFactory(region__name="North")
    applied(round, 11, reached=6, hub=north)
    EqualityAnswersFactory(application=applied(round, 1, hub=north)[0], sex="male")
    ncetm = signed_in(UserFactory(ncetm=True))

    page = ncetm.gets(f"{PAGE}?round={round.code}")
    response = ncetm.gets(f"{CSV}?round={round.code}")

    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    shown = {name: cells for _, groups in page.context["breakdowns"] for name, cells in groups}
    assert shown["North"] == ["12", *["6 (50%)"] * 3]
    assert shown["Male"] == ["Hidden"] * 4
    assert ["Region", "North", "12", "6", "6", "6"] in rows
    assert ["Sex", "Male", *["Hidden"] * 4] in rows


def test_as_many_queries_for_one_as_for_many(round: Round, signed_in: SignIn) -> None:
    ncetm, hub = signed_in(UserFactory(ncetm=True)), MathsHubFactory()
    applied(round, 1, hub=hub)
    few = ncetm.queries(PAGE)

    applied(round, 12, reached=3)

    assert few == ncetm.queries(PAGE) <= 20


@pytest.mark.django_db
def test_no_round_yet(signed_in: SignIn) -> None:
    ncetm = signed_in(UserFactory(ncetm=True))

    assert "No round has opened yet" in ncetm.reads(PAGE)
    ncetm.gets(CSV, 404)


def test_hub_leads_do_not_see_it(round: Round, signed_in: SignIn) -> None:
    lead = signed_in(UserFactory(hub_lead=MathsHubFactory()))

    for place in (PAGE, CSV):
        assert lead.client.get(place).status_code in (403, 404)

"""The dates of a round: in order, what may still move, and who may move them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from applications.enums import RoundStage
from applications.models import Round
from applications.permissions import round_locks
from applications.services.round_dates import DatesError, dates_awkward, dates_problems
from applications.services.round_documents import information_document_publish
from applications.services.round_log import ChangedMeanwhileError, round_seen
from applications.services.round_making import RoundDetails, round_set_details, round_set_up
from applications.services.round_places import round_set_places
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from tests.applications.round_set_up.steps import DAY, GOOD, at, move_dates
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, RoundFactory
from tests.factories.cohorts import CohortFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db


# Dates


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, []),
        ({"support_closes_at": None}, []),
        ({"support_closes_at": at(26)}, []),
        ({"closes_at": at(11, 1, 9)}, ["closes_at"]),
        ({"closes_at": at(6, 3)}, ["support_closes_at"]),
        ({"support_closes_at": at(26) - timedelta(seconds=1)}, ["support_closes_at"]),
        ({"outcomes_month": date(2027, 2, 1)}, ["outcomes_month"]),
        ({"outcomes_month": date(2027, 3, 1)}, []),
        ({"outcomes_month": date(2027, 8, 1)}, []),
        ({"outcomes_month": date(2027, 9, 1)}, ["outcomes_month"]),
        ({"reply_days": 0}, ["reply_days"]),
        ({"reply_days": 60}, []),
        ({"reply_days": 61}, ["reply_days"]),
        ({"closes_at": at(20, 11) - 365 * DAY, "support_closes_at": None}, ["closes_at"]),
        (
            {
                "closes_at": at(4, 1),
                "support_closes_at": at(3, 1),
                "outcomes_month": date(2026, 12, 1),
                "reply_days": 0,
            },
            ["closes_at", "outcomes_month", "reply_days", "support_closes_at"],
        ),
    ],
)
def test_every_problem_of_dates_is_told_at_once(changes: dict[str, Any], wrong: list[str]) -> None:
    assert sorted(dates_problems(replace(GOOD, **changes), cohort=CohortFactory(starts=2027))) == wrong


def test_round_of_wrong_dates_is_not_set_up(ncetm: User) -> None:
    cohort = CohortFactory()

    with pytest.raises(DatesError) as refused:
        round_set_up(by=ncetm, cohort=cohort, code="NCP27-01", dates=replace(GOOD, reply_days=0))
    assert refused.value.problems == {"reply_days": "Days to answer an offer must be between 1 and 60"}

    made = round_set_up(by=ncetm, cohort=cohort, code="NCP27-01", dates=GOOD)
    assert (made.stage, made.events.get().action) == (RoundStage.SETTING_UP, "set_up")
    with pytest.raises(DomainError, match="the code NCP27-01 already"):
        round_set_up(by=ncetm, cohort=cohort, code="NCP27-01", dates=GOOD)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, {}),
        (
            {"closes_at": at(26, 3), "support_closes_at": None},
            {
                "closes_at": "Applications close: Friday 26 March 2027 is a bank holiday (Good Friday) and is in the "
                "Easter holidays of most schools"
            },
        ),
        # a window that ends at midnight ends with the day before
        ({"closes_at": at(27, 2, 0)}, {}),
        (
            {"closes_at": at(28, 2, 0)},
            {"closes_at": "Applications close: Saturday 27 February 2027 is a Saturday"},
        ),
    ],
)
def test_date_when_schools_are_closed_is_told_and_not_refused(changes: dict[str, Any], told: dict[str, str]) -> None:
    dates = replace(GOOD, **changes)

    assert dates_awkward(dates) == told
    assert dates_awkward(dates, before=dates) == {}


OPENS, LATER, EARLIER = {"opens_at": at(12, 1)}, {"closes_at": at(1, 3)}, {"closes_at": at(25)}
SOONER_SUPPORT = {"support_closes_at": at(4, 3)}
BEFORE, DURING, AFTER = at(10, 1), at(1), at(1, 3)


@pytest.mark.parametrize(
    ("when", "relied_upon", "changes", "wrong"),
    [
        (BEFORE, False, OPENS, None),
        (BEFORE, False, EARLIER, None),
        (DURING, False, OPENS, "opens_at"),
        (DURING, False, LATER, None),
        (DURING, False, EARLIER, None),
        (DURING, False, {"closes_at": at(31, 1)}, "closes_at"),
        (DURING, True, LATER, None),
        (DURING, True, EARLIER, "closes_at"),
        (DURING, True, SOONER_SUPPORT, "support_closes_at"),
        (DURING, False, SOONER_SUPPORT, None),
        (DURING, True, {"support_closes_at": at(6, 3)}, None),
        (DURING, True, {"outcomes_month": date(2027, 7, 1)}, None),
        (DURING, True, {"reply_days": 10}, None),
        (AFTER, True, {"closes_at": at(2, 3)}, "closes_at"),
        (AFTER, True, {"support_closes_at": at(9, 3)}, None),
    ],
)
def test_what_may_still_move(
    round: Round, ncetm: User, time_machine, when: datetime, relied_upon: bool, changes: dict, wrong: str | None
) -> None:
    time_machine.move_to(when, tick=False)
    if relied_upon:
        ApplicationFactory(round=round)

    if wrong:
        with pytest.raises(DatesError) as refused:
            move_dates(round, ncetm, **changes)
        assert list(refused.value.problems) == [wrong]
        assert not round.events.exists()
    else:
        moved = move_dates(round, ncetm, **changes)
        assert {name: getattr(moved, name) for name in changes} == changes
        assert moved.events.get().by == ncetm


RELIED_UPON = ("number", "starts", "programme", "by_nomination", "asks_subject_leader")


@pytest.mark.parametrize(
    ("published", "opened", "closed", "relied_upon", "locked"),
    [
        (False, False, False, False, set()),
        (False, True, False, False, set()),
        (True, False, False, False, {"code"}),
        (True, True, False, False, {"code", "opens_at"}),
        (True, True, False, True, {"code", "opens_at", *RELIED_UPON}),
        (True, True, True, True, {"code", "opens_at", "closes_at", *RELIED_UPON}),
    ],
)
def test_what_is_locked(published: bool, opened: bool, closed: bool, relied_upon: bool, locked: set[str]) -> None:
    now = clock.now()
    round = RoundFactory(
        complete=True,
        opens_at=now - 2 * DAY if opened else now + DAY,
        closes_at=now - DAY if closed else now + 2 * DAY,
        published_at=now - 3 * DAY if published else None,
    )
    if relied_upon:
        ApplicationFactory(round=round)

    assert set(round_locks(round)) == locked


def test_change_is_logged_in_words(round: Round, ncetm: User) -> None:
    move_dates(round, ncetm, closes_at=at(1, 3), reply_days=10)

    assert round.events.get().changes.split("\n") == [
        "Applications close: 5pm on Monday 1 March 2027 (was 5pm on Friday 26 February 2027)",
        "Days to answer an offer: 10 (was 14)",
    ]


def test_second_click_changes_nothing(round: Round, ncetm: User) -> None:
    seen = round_seen(round)
    move_dates(round, ncetm, seen, reply_days=10)
    move_dates(round, ncetm, seen, reply_days=10)

    assert round.events.count() == 1


def test_colleague_who_was_faster_is_told_of_and_not_undone(round: Round, ncetm: User) -> None:
    seen = round_seen(round)
    move_dates(round, UserFactory(ncetm=True, first_name="Victoria", last_name="Stanhope"), reply_days=21)

    with pytest.raises(ChangedMeanwhileError) as refused:
        move_dates(round, ncetm, seen, reply_days=10)
    assert "Victoria Stanhope" in refused.value.message
    assert "Days to answer an offer: 21 (was 14)" in refused.value.message
    round.refresh_from_db()
    assert round.reply_days == 21

    move_dates(round, ncetm, refused.value.latest, reply_days=10)  # now knowing of it
    round.refresh_from_db()
    assert round.reply_days == 10


# Who may


def saves_dates(round: Round, by: User) -> None:
    move_dates(round, by, reply_days=10)


def saves_places(round: Round, by: User) -> None:
    round_set_places(round=round, by=by, wanted={MathsHubFactory().pk: 4}, seen=0)


def saves_document(round: Round, by: User) -> None:
    information_document_publish(round=round, by=by, title="Information", body="New")


def saves_details(round: Round, by: User) -> None:
    round_set_details(round=round, by=by, details=replace(RoundDetails.of(round), later_years_note="none"), seen=0)


@pytest.mark.parametrize("save", [saves_dates, saves_places, saves_document, saves_details])
def test_only_ncetm_sets_up_rounds(round: Round, ncetm: User, save: Callable[[Round, User], None]) -> None:
    for stranger in (UserFactory(), UserFactory(hub_lead=True), UserFactory(headteacher=True)):
        with pytest.raises(DomainError, match="Only NCETM"):
            save(round, stranger)
    assert not round.events.exists()

    save(round, ncetm)
    assert round.events.get().by == ncetm

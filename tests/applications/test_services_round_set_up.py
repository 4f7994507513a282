"""Rounds as data: dates in order, places never below what is taken, versions of the document, and who may."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from applications.enums import RoundStage, State
from applications.models import Round
from applications.permissions import round_locks
from applications.services.announcements import announcements_send
from applications.services.round_dates import (
    DatesError,
    RoundDates,
    dates_awkward,
    dates_problems,
    round_set_dates,
)
from applications.services.round_documents import information_document_publish, information_document_read, unread
from applications.services.round_log import ChangedMeanwhileError, round_check, round_seen
from applications.services.round_making import RoundDetails, round_set_details, round_set_up
from applications.services.round_places import PlacesError, round_set_places
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.clock import LONDON
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, InformationDocumentFactory, RoundFactory
from tests.factories.cohorts import CohortFactory, HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(day: int, month: int = 2, hour: int = 17) -> datetime:
    return datetime(2027, month, day, hour, tzinfo=LONDON)


GOOD = RoundDates(at(11, 1, 9), at(26), at(5, 3), date(2027, 6, 1), 14)


@pytest.fixture(autouse=True)
def in_november(time_machine) -> None:
    time_machine.move_to(datetime(2026, 11, 20, 10, tzinfo=LONDON), tick=False)


@pytest.fixture
def ncetm() -> User:
    return UserFactory(ncetm=True)


@pytest.fixture
def round() -> Round:
    """Published, not open yet."""
    values = {name: getattr(GOOD, name) for name in GOOD.__dataclass_fields__}
    return RoundFactory(complete=True, published_at=clock.now() - DAY, **values)


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


def move_dates(round: Round, by: User, seen: int | None = None, **changes: Any) -> Round:
    dates = replace(RoundDates.of(round), **changes)
    return round_set_dates(round=round, by=by, dates=dates, seen=round_seen(round) if seen is None else seen)


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


# Details


def test_details_change_until_somebody_relies_on_them(round: Round, ncetm: User) -> None:
    details = replace(RoundDetails.of(round), number=99, project_code="NCP27-99", statement_words=200)
    round_set_details(round=round, by=ncetm, details=details, seen=0)
    round.refresh_from_db()
    assert (round.cohort.number, round.cohort.project_code, round.statement_words) == (99, "NCP27-99", 200)

    ApplicationFactory(round=round)
    for changes, why in (({"number": 98}, "begun applications"), ({"statement_words": 199}, "writing already")):
        with pytest.raises(DomainError, match=why):
            round_set_details(round=round, by=ncetm, details=replace(details, **changes), seen=round_seen(round))
    round_set_details(round=round, by=ncetm, details=replace(details, statement_words=250), seen=round_seen(round))
    round.refresh_from_db()
    assert round.statement_words == 250


def test_number_of_another_cohort_is_refused(round: Round, ncetm: User) -> None:
    other = CohortFactory(programme=round.cohort.programme)

    with pytest.raises(DomainError, match="Another cohort of this programme has this number"):
        round_set_details(round=round, by=ncetm, details=replace(RoundDetails.of(round), number=other.number), seen=0)


# Places


def test_places_are_set_changed_and_taken_away(round: Round, ncetm: User) -> None:
    north, south, east = (MathsHubFactory(name=name) for name in ("North", "South", "East"))
    HubPlacesFactory(cohort=round.cohort, hub=south, places=4)
    HubPlacesFactory(cohort=round.cohort, hub=east, places=4)

    round_set_places(round=round, by=ncetm, wanted={north.pk: 3, south.pk: 5, east.pk: None}, seen=0)

    assert dict(HubPlaces.objects.values_list("hub__name", "places")) == {"North": 3, "South": 5}
    assert round.events.get().changes.split("\n") == [
        "East: does not take part (was 4)",
        "North: 3 (was does not take part)",
        "South: 5 (was 4)",
    ]


def test_places_never_go_below_what_is_taken(round: Round, ncetm: User) -> None:
    held = HubPlacesFactory(cohort=round.cohort, places=4, taken=2)
    free = HubPlacesFactory(cohort=round.cohort, places=4)

    for fewer in (1, 0, None):
        with pytest.raises(PlacesError) as refused:
            round_set_places(round=round, by=ncetm, wanted={held.hub_id: fewer, free.hub_id: 1}, seen=0)
        assert refused.value.problems == {held.hub_id: "2 places are taken already: enter 2 or more"}
    assert set(HubPlaces.objects.values_list("places", flat=True)) == {4}

    round_set_places(round=round, by=ncetm, wanted={held.hub_id: 2, free.hub_id: 1}, seen=0)
    assert sorted(HubPlaces.objects.values_list("places", flat=True)) == [1, 2]


def test_hub_that_teachers_apply_to_keeps_its_row(round: Round, ncetm: User) -> None:
    hub = ApplicationFactory(round=round, state=State.COMPLETE).hub

    with pytest.raises(PlacesError) as refused:
        round_set_places(round=round, by=ncetm, wanted={hub.pk: None}, seen=0)
    assert list(refused.value.problems) == [hub.pk]

    round_set_places(round=round, by=ncetm, wanted={hub.pk: 0}, seen=0)
    assert HubPlaces.objects.get(hub=hub).places == 0


# The information document


def test_document_published_again_is_a_later_version(round: Round, ncetm: User) -> None:
    first = round.current_document
    second = information_document_publish(round=round, by=ncetm, title="Information", body="Second")

    assert (second.version, round.current_document) == (first.version + 1, second)
    assert information_document_publish(round=round, by=ncetm, title="Information", body="Second") == second


def test_document_that_nobody_can_have_read_changes_in_place(ncetm: User) -> None:
    document = InformationDocumentFactory(round__published_at=None, version=1)

    changed = information_document_publish(round=document.round, by=ncetm, title="Other", body="Words")

    assert (changed.pk, changed.version, changed.body) == (document.pk, 1, "Words")


def test_those_writing_are_told_and_lose_nothing(ncetm: User) -> None:
    draft = ApplicationFactory(ready=True)
    submitted = ApplicationFactory(round=draft.round, state=State.SUBMITTED)
    before = draft.document

    with pytest.raises(DomainError, match="Say what changed"):
        information_document_publish(round=draft.round, by=ncetm, title="Information", body="New")
    newer = information_document_publish(
        round=draft.round, by=ncetm, title="Information", body="New", changes="Another venue."
    )

    announcements_send()
    assert list(Email.objects.values_list("kind", "to")) == [("information_changed", draft.applicant.email)]
    draft.refresh_from_db()
    assert (draft.document, [each.changes for each in unread(draft)]) == (before, ["Another venue."])
    assert submitted.document == before

    with pytest.raises(DomainError, match="changed again"):
        information_document_read(application=draft, by=draft.applicant, version=before.version)
    with pytest.raises(DomainError, match="can no longer be changed"):
        information_document_read(application=draft, by=ncetm, version=newer.version)
    read = information_document_read(application=draft, by=draft.applicant, version=newer.version)
    assert (read.document, unread(read)) == (newer, [])


# What was copied


def test_copied_parts_are_checked_off(ncetm: User) -> None:
    round = RoundFactory(to_check=["dates", "places", "criteria"])

    round_check(round=round, by=ncetm, keys=["places"])
    move_dates(round, ncetm)  # saved as they are

    round.refresh_from_db()
    assert round.to_check == ["criteria"]
    assert [event.changes for event in round.events.all()] == ["Hubs and places"]

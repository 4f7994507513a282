"""An application's own deadlines: the round's, or later ones by extension; to the instant, on every clock."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from applications.enums import State
from applications.models import Application, Extension, HeadteacherSupport
from applications.services.applications import application_submit
from applications.services.rounds import rounds_close
from applications.services.support import support_decline
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.errors import DomainError
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, ExtensionFactory, HeadteacherSupportFactory, RoundFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)


def told_both_ways(application: Application) -> tuple[datetime, datetime]:
    """As a row of a list has it, which must be what the row by itself finds."""
    listed = Application.objects.with_deadlines().get(pk=application.pk)
    alone = Application.objects.get(pk=application.pk)
    assert (listed.closes_at, listed.support_closes_at) == (alone.closes_at, alone.support_closes_at)
    return alone.closes_at, alone.support_closes_at


@pytest.mark.parametrize("support_later", [None, 2 * DAY])
@pytest.mark.parametrize(
    ("given", "closes", "support"),
    [
        ({}, 0, 0),
        ({"closes_at": DAY}, 1, 1),
        ({"closes_at": 5 * DAY}, 5, 5),
        ({"closes_at": None, "support_closes_at": 5 * DAY}, 0, 5),
        ({"closes_at": 3 * DAY, "support_closes_at": 4 * DAY}, 3, 4),
        ({"closes_at": -DAY, "support_closes_at": -DAY}, 0, 0),  # the round was moved behind it since
        ({"closes_at": 3 * DAY, "cancelled": True}, 0, 0),
    ],
)
@pytest.mark.parametrize("whose", ["hub", "applicant"])
def test_the_latest_instant_counts(whose, given, closes, support, support_later) -> None:
    application = ApplicationFactory()
    round = application.round
    if support_later:
        round.support_closes_at = round.closes_at + support_later
        round.save()
    if given:
        whom = {"hub": None, "applicant": None, whose: getattr(application, whose)}
        dates = {name: value and round.closes_at + value for name, value in given.items() if name != "cancelled"}
        ended = {"cancelled_at": clock.now(), "cancelled_by": UserFactory(), "cancel_reason": "Wrong hub"}
        ExtensionFactory(round=round, **whom, **dates, **(ended if "cancelled" in given else {}))

    later = support_later.days if support_later else 0
    assert told_both_ways(application) == (
        round.closes_at + closes * DAY,
        round.closes_at + max(support, later) * DAY,
    )


def test_of_two_extensions_the_longer_counts() -> None:
    application = ApplicationFactory()
    closes_at = application.round.closes_at
    ExtensionFactory(round=application.round, hub=application.hub, closes_at=closes_at + 3 * DAY)
    ExtensionFactory(round=application.round, hub=None, applicant=application.applicant, closes_at=closes_at + DAY)
    assert told_both_ways(application) == (closes_at + 3 * DAY, closes_at + 3 * DAY)


@pytest.mark.parametrize("placed", [True, False])
def test_anothers_extension_does_not_count(placed) -> None:
    application = ApplicationFactory(placed=placed)
    ExtensionFactory(round=application.round)
    ExtensionFactory(round=application.round, hub=None, applicant=UserFactory())
    ExtensionFactory(hub=application.hub or MathsHubFactory(), round=RoundFactory())
    assert told_both_ways(application) == (application.round.closes_at, application.round.closes_at)


def test_a_list_asks_once_for_the_deadlines_of_all(django_assert_num_queries) -> None:
    round = RoundFactory(complete=True)
    for _ in range(3):
        application = ApplicationFactory(round=round)
        ExtensionFactory(round=round, hub=application.hub)
        HeadteacherSupportFactory(application=application)
    with django_assert_num_queries(1):
        assert {a.support_closes_at for a in Application.objects.with_deadlines()} == {round.closes_at + 7 * DAY}
    with django_assert_num_queries(2):
        found = HeadteacherSupport.objects.with_applications()
        assert {s.application.support_closes_at for s in found} == {round.closes_at + 7 * DAY}


@pytest.mark.parametrize("late", [-MICROSECOND, timedelta(0)])
@pytest.mark.parametrize("whose", ["hub", "applicant"])
def test_submit_under_an_extension_to_its_last_microsecond(whose, late) -> None:
    application = ApplicationFactory(ready=True)
    whom = {"hub": None, "applicant": None, whose: getattr(application, whose)}
    extension = ExtensionFactory(round=application.round, **whom)
    submit = {"application": application, "by": application.applicant, "at": extension.closes_at + late}
    if late:
        assert application_submit(**submit).state == State.SUBMITTED
    else:
        with pytest.raises(DomainError) as error:
            application_submit(**submit)
        assert error.value.code == "closed"


@pytest.mark.parametrize("late", [-MICROSECOND, timedelta(0)])
def test_headteacher_answers_under_an_extension_to_its_last_microsecond(late) -> None:
    head = UserFactory(email="head@school.example")
    support = HeadteacherSupportFactory(state="opened", person=head, email=head.email)
    application = support.application
    ends = application.round.closes_at + 3 * DAY
    ExtensionFactory(round=application.round, hub=application.hub, closes_at=None, support_closes_at=ends)
    answer = {"support": support, "by": head, "at": ends + late, "reason": "Not this year"}
    if late:
        assert support_decline(**answer).state == "declined"
    else:
        with pytest.raises(DomainError) as error:
            support_decline(**answer)
        assert error.value.code == "closed"


@pytest.mark.parametrize("state", [State.DRAFT, State.SUBMITTED])
def test_closing_passes_over_those_with_more_time_until_it_is_over(state, time_machine) -> None:
    round = RoundFactory(complete=True)
    plain, extended = ApplicationFactory.create_batch(2, round=round, state=state)
    extension = ExtensionFactory(round=round, hub=extended.hub)
    standing = {plain.pk: state, extended.pk: state}

    def closed_at(instant: datetime) -> dict[int, str]:
        time_machine.move_to(instant, tick=False)
        rounds_close()
        return dict(Application.objects.values_list("pk", "state"))

    ended = State.EXPIRED if state == State.DRAFT else State.INCOMPLETE
    assert closed_at(round.closes_at + GRACE) == standing | {plain.pk: ended}
    assert closed_at(extension.closes_at + GRACE - MICROSECOND) == standing | {plain.pk: ended}
    assert closed_at(extension.closes_at + GRACE) == {plain.pk: ended, extended.pk: ended}


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"hub": None}, "extension_is_for_a_hub_or_a_person"),
        ({"applicant": True}, "extension_is_for_a_hub_or_a_person"),
        ({"closes_at": None}, "extension_gives_time"),
        ({"support_closes_at": datetime(2020, 1, 1, tzinfo=UTC)}, "extension_support_closes_with_it_or_later"),
        ({"reason": ""}, "extension_has_its_reason"),
        ({"cancel_reason": "Wrong hub"}, "cancelled_extension_has_who_when_and_why"),
        ({"cancelled_at": datetime(2027, 1, 1, tzinfo=UTC)}, "cancelled_extension_has_who_when_and_why"),
    ],
)
def test_the_database_refuses_half_an_extension(fields, name) -> None:
    if "applicant" in fields:
        fields = fields | {"applicant": UserFactory()}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ExtensionFactory(**fields)
    assert not Extension.objects.exists()


CLOCK_CHANGES = {
    "spring: 5pm on the day after the clocks went forward": ((2027, 3, 29, 17), 0, (2027, 3, 29, 16)),
    "spring: 1am, which is 2am at once": ((2027, 3, 28, 2), 0, (2027, 3, 28, 1)),
    "spring: the last half hour of winter time": ((2027, 3, 28, 0, 30), 0, (2027, 3, 28, 0, 30)),
    "autumn: 1:30am of summer time, the first of two": ((2027, 10, 31, 1, 30), 0, (2027, 10, 31, 0, 30)),
    "autumn: 1:30am of winter time, the second": ((2027, 10, 31, 1, 30), 1, (2027, 10, 31, 1, 30)),
    "autumn: 5pm on the day of the change": ((2027, 10, 31, 17), 0, (2027, 10, 31, 17)),
}


@pytest.mark.parametrize(("local", "fold", "instant"), CLOCK_CHANGES.values(), ids=CLOCK_CHANGES)
def test_both_sides_of_the_instant_at_the_clock_changes(local, fold, instant, time_machine) -> None:
    closes_at = datetime(*local, tzinfo=clock.LONDON, fold=fold)
    assert closes_at.astimezone(UTC) == datetime(*instant, tzinfo=UTC)
    time_machine.move_to(closes_at - 3 * DAY, tick=False)
    round = RoundFactory(complete=True, closes_at=closes_at)
    in_time, late = ApplicationFactory.create_batch(2, round=round, ready=True)
    time_machine.move_to(closes_at + timedelta(minutes=1), tick=False)
    at = closes_at.astimezone(UTC)
    application_submit(application=in_time, by=in_time.applicant, at=at - MICROSECOND)
    with pytest.raises(DomainError, match="closed"):
        application_submit(application=late, by=late.applicant, at=at)
    time_machine.move_to(at + GRACE - MICROSECOND, tick=False)
    assert rounds_close()[0] == 0
    time_machine.move_to(at + GRACE, tick=False)
    assert rounds_close()[0] == 1

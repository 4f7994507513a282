"""Last year's round begins the next one: everything is there, a year on and to be checked, and nothing is shared."""

from datetime import date, datetime, timedelta

import pytest

from applications import set_up
from applications.enums import RoundStage, State
from applications.models import Round
from applications.services.round_copy import COPIED, Move, round_copy
from cohorts.enums import Whose
from mastery_hub.accounts.models import User
from mastery_hub.common.clock import LONDON, london
from mastery_hub.common.errors import DomainError
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, RoundFactory
from tests.factories.cohorts import (
    CohortFactory,
    CohortPointFactory,
    HubPlacesFactory,
    ReleaseTermsFactory,
    ResidentialFactory,
)
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db

NEXT = {"number": 14, "starts": 2028, "project_code": "NCP28-01"}


@pytest.fixture
def ncetm() -> User:
    return UserFactory(ncetm=True)


@pytest.fixture(autouse=True)
def in_spring(time_machine) -> None:
    time_machine.move_to(datetime(2027, 3, 20, 10, tzinfo=LONDON), tick=False)


@pytest.fixture
def last() -> Round:
    """Closes after the clocks have changed."""
    cohort = CohortFactory(number=13, starts=2027, project_code="NCP27-01")
    round = RoundFactory(
        complete=True,
        cohort=cohort,
        opens_at=datetime(2027, 1, 11, 9, tzinfo=LONDON),
        closes_at=datetime(2027, 4, 30, 17, tzinfo=LONDON),
        outcomes_month=date(2027, 6, 1),
        statement_words=250,
        reply_days=10,
    )
    HubPlacesFactory(cohort=cohort, places=5, taken=2)
    HubPlacesFactory(cohort=cohort, hub=MathsHubFactory(closed_on=date(2027, 2, 1)))
    ReleaseTermsFactory(cohort=cohort)
    ResidentialFactory(cohort=cohort, number=1, starts_on=date(2027, 11, 11), confirmed=True, venue="Leeds")
    CohortPointFactory(cohort=cohort, text="In 2027/28 and 2028/29, with Cohort 13 and Cohort 130")
    document = round.current_document
    document.title, document.body = (
        "Cohort 13",
        "It closes at 5pm on Friday 30 April 2027. Outcomes: June 2027. NCP27-01",
    )
    document.save()
    return round


def test_dates_move_a_year_and_keep_weekday_and_hour(last: Round, ncetm: User) -> None:
    copy = round_copy(source=last, by=ncetm, **NEXT)

    assert [london(at) for at in (copy.opens_at, copy.closes_at)] == [
        datetime(2028, 1, 10, 9, tzinfo=LONDON),
        datetime(2028, 4, 28, 17, tzinfo=LONDON),
    ]
    assert (copy.support_closes_at, copy.outcomes_month) == (None, date(2028, 6, 1))
    assert (copy.statement_words, copy.reply_days) == (250, 10)
    residential = copy.cohort.residentials.get()
    assert (residential.starts_on, residential.ends_on) == (date(2028, 11, 9), date(2028, 11, 10))
    assert (residential.confirmed, residential.venue) == (False, "Leeds")


@pytest.mark.parametrize("years", range(1, 12))
def test_moved_day_is_never_half_a_week_from_its_date(last: Round, years: int) -> None:
    move = Move(
        last, CohortFactory(programme=last.cohort.programme, number=99, starts=2027 + years, project_code="NCP-99")
    )
    at = london(move.moment(last.closes_at))

    assert at.weekday() == london(last.closes_at).weekday()
    assert abs(at.date() - date(2027 + years, 4, 30)) <= timedelta(days=4)


def test_rows_are_copied_and_nobody_holds_them(last: Round, ncetm: User) -> None:
    ApplicationFactory(round=last, state=State.COMPLETE)

    copy = round_copy(source=last, by=ncetm, **NEXT)

    assert (copy.stage, copy.code, str(copy.cohort.academic_year)) == (RoundStage.SETTING_UP, "NCP28-01", "2028/29")
    assert not copy.applications.exists()
    old, new = last.current_terms, copy.current_terms
    assert [c.text for c in new.criteria.all()] == [c.text for c in old.criteria.all()]
    assert [(q.text, q.criteria.count()) for q in new.questions.all()] == [
        (q.text, q.criteria.count()) for q in old.questions.all()
    ]
    assert not set(new.criteria.all()) & set(old.criteria.all())
    for whose in Whose:
        texts = [
            [c.text for c in round.cohort.commitment_sets.get(whose=whose).commitments.all()] for round in (last, copy)
        ]
        assert texts[0] == texts[1] != []
    assert [(row.places, row.taken) for row in copy.cohort.hub_places.filter(places=5)] == [(5, 0)]
    assert copy.cohort.release_terms.get().rate == 200


def test_hub_that_is_gone_does_not_take_part(last: Round, ncetm: User) -> None:
    copy = round_copy(source=last, by=ncetm, **NEXT)

    assert not copy.cohort.hub_places.filter(hub__closed_on__isnull=False).exists()
    assert last.cohort.hub_places.filter(hub__closed_on__isnull=False).exists()


def test_texts_name_the_new_cohort_and_its_dates(last: Round, ncetm: User) -> None:
    copy = round_copy(source=last, by=ncetm, **NEXT)

    document = copy.current_document
    assert (document.version, document.title) == (1, "Cohort 14")
    assert document.body == "It closes at 5pm on Friday 28 April 2028. Outcomes: June 2028. NCP28-01"
    assert copy.cohort.points.get().text == "In 2028/29 and 2029/30, with Cohort 14 and Cohort 130"


def test_everything_copied_has_to_be_checked_before_publishing(last: Round, ncetm: User) -> None:
    copy = round_copy(source=last, by=ncetm, **NEXT)

    assert set(copy.to_check) == set(COPIED) <= {task.key for task in set_up.tasks()}
    (sentence,) = set_up.missing(copy)
    assert sentence.startswith("Check what was copied: Dates, Criteria")
    assert [(event.action, event.changes) for event in copy.events.all()] == [("copy", f"From {last}")]
    assert not last.events.exists()


def test_cohort_that_was_set_up_before_is_filled(last: Round, ncetm: User) -> None:
    known = CohortFactory(programme=last.cohort.programme, **NEXT)
    places = HubPlacesFactory(cohort=known, places=9)

    copy = round_copy(source=last, by=ncetm, **NEXT)

    assert copy.cohort == known
    assert list(known.hub_places.all()) == [places]
    assert known.residentials.count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"number": 13}, "taken"), ({"project_code": "NCP27-01"}, "taken"), ({"starts": 2027}, "not-later")],
)
def test_copy_is_another_cohort_in_a_later_year(last: Round, ncetm: User, changes: dict, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        round_copy(source=last, by=ncetm, **NEXT | changes)

    assert refused.value.code == code
    assert Round.objects.count() == 1


def test_second_click_makes_no_second_copy(last: Round, ncetm: User) -> None:
    round_copy(source=last, by=ncetm, **NEXT)

    with pytest.raises(DomainError):
        round_copy(source=last, by=ncetm, **NEXT)
    assert Round.objects.count() == 2


def test_only_ncetm_copies_a_round(last: Round) -> None:
    with pytest.raises(DomainError, match="Only NCETM"):
        round_copy(source=last, by=UserFactory(hub_lead=True), **NEXT)

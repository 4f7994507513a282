"""A round's life: published when nothing is missing, closed early, opened again with what its closing had ended."""

from datetime import timedelta

import pytest

from applications.enums import RoundStage, State
from applications.models import Round
from applications.services.announcements import announcements_send
from applications.services.applications import application_save_answer, application_submit
from applications.services.round_dates import DatesError
from applications.services.round_life import round_close_early, round_publish, round_reopen
from applications.services.rounds import rounds_close
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory

pytestmark = pytest.mark.django_db

DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
WHY = "The Department for Education has changed the funding."


@pytest.fixture
def ncetm() -> User:
    return UserFactory(ncetm=True)


def test_round_is_published_when_nothing_is_missing(ncetm: User) -> None:
    round = RoundFactory(published_at=None, complete=True, to_check=["dates"])

    with pytest.raises(DomainError) as refused:
        round_publish(round=round, by=ncetm)
    assert refused.value.message == (
        "The round cannot be published yet. Say which hubs take part and how many places each has. "
        "Check what was copied: Dates."
    )
    round.refresh_from_db()
    assert round.stage == RoundStage.SETTING_UP

    HubPlacesFactory(cohort=round.cohort)
    Round.objects.update(to_check=[])
    published = round_publish(round=round, by=ncetm)
    assert (published.stage, published.events.get().to_state) == (RoundStage.OPEN, "open")
    with pytest.raises(DomainError, match="published already"):
        round_publish(round=round, by=ncetm)


@pytest.mark.parametrize("stranger", [{}, {"hub_lead": True}, {"headteacher": True}])
def test_only_ncetm_decides_over_a_rounds_life(ncetm: User, stranger: dict) -> None:
    round, closed, by = RoundFactory(), RoundFactory(opens_at=clock.now() - 60 * DAY), UserFactory(**stranger)
    later = {"closes_at": clock.now() + DAY, "support_closes_at": None, "reason": WHY}

    with pytest.raises(DomainError, match="Only NCETM"):
        round_publish(round=RoundFactory(published_at=None), by=by)
    with pytest.raises(DomainError, match="Only NCETM"):
        round_close_early(round=round, by=by, reason=WHY)
    with pytest.raises(DomainError, match="Only NCETM"):
        round_reopen(round=closed, by=by, **later)

    assert round_close_early(round=round, by=ncetm, reason=WHY).stage == RoundStage.CLOSED
    assert round_reopen(round=closed, by=ncetm, **later).stage == RoundStage.OPEN


def test_round_closed_early_takes_nothing_more(ncetm: User, time_machine) -> None:
    time_machine.move_to(clock.now(), tick=False)
    draft = ApplicationFactory(ready=True)
    was = draft.round.closes_at
    now = clock.now()

    closed = round_close_early(round=draft.round, by=ncetm, reason=WHY)

    assert (closed.closes_at, closed.support_closes_at, closed.stage) == (now, was, RoundStage.CLOSED)
    event = closed.events.get()
    assert (event.from_state, event.to_state, event.reason, event.by) == ("open", "closed", WHY, ncetm)
    draft.refresh_from_db()
    with pytest.raises(DomainError, match="has closed"):
        application_submit(application=draft, by=draft.applicant, at=now)
    # what arrived in time is in time, however long the queue
    assert application_submit(application=draft, by=draft.applicant, at=now - MICROSECOND).state == State.SUBMITTED


def test_those_writing_are_told_once_when_a_round_closes_early(ncetm: User, time_machine) -> None:
    draft = ApplicationFactory()
    ApplicationFactory(round=draft.round, state=State.SUBMITTED)
    ApplicationFactory(round=draft.round, state=State.COMPLETE)
    ApplicationFactory(round=draft.round, state=State.WITHDRAWN)

    round_close_early(round=draft.round, by=ncetm, reason=WHY)
    time_machine.move_to(clock.now() + GRACE)
    rounds_close()
    announcements_send()

    email = Email.objects.get()
    assert (email.kind, email.to) == ("round_closed_early", draft.applicant.email)
    assert WHY in email.text
    draft.refresh_from_db()
    assert draft.state == State.EXPIRED


def test_headteacher_keeps_the_time_that_they_were_told(ncetm: User) -> None:
    until = clock.now() + 40 * DAY
    for support_closes_at in (None, until):
        round = RoundFactory(support_closes_at=support_closes_at)
        told = round.support_deadline
        assert round_close_early(round=round, by=ncetm, reason=WHY).support_deadline == told


@pytest.mark.parametrize(
    ("opens", "published", "now"),
    [(DAY, True, "published"), (-DAY, False, "being set up"), (-60 * DAY, True, "closed")],
)
def test_only_an_open_round_closes_early(ncetm: User, opens: timedelta, published: bool, now: str) -> None:
    starts = clock.now() + opens
    round = RoundFactory(opens_at=starts, published_at=clock.now() - 61 * DAY if published else None)

    with pytest.raises(DomainError, match=f"it is “{now}”"):
        round_close_early(round=round, by=ncetm, reason=WHY)


def test_closing_early_and_reopening_have_a_reason(ncetm: User) -> None:
    round = RoundFactory()
    with pytest.raises(DomainError, match="Say why"):
        round_close_early(round=round, by=ncetm, reason=" ")
    round_close_early(round=round, by=ncetm, reason=WHY)
    with pytest.raises(DomainError, match="Say why"):
        round_reopen(round=round, by=ncetm, closes_at=clock.now() + DAY, support_closes_at=None, reason="")


def test_what_a_closing_ended_unfinished_stands_again(ncetm: User, time_machine) -> None:
    draft = ApplicationFactory(ready=True)
    waiting = ApplicationFactory(round=draft.round, state=State.SUBMITTED)
    HeadteacherSupportFactory(application=waiting)
    complete = ApplicationFactory(round=draft.round, state=State.COMPLETE)
    again = ApplicationFactory(round=draft.round, state=State.WITHDRAWN)
    texts = sorted(draft.answers.values_list("text", flat=True))
    time_machine.move_to(draft.round.closes_at + GRACE, tick=False)
    assert rounds_close() == (1, 1)
    Email.objects.all().delete()

    until = clock.now() + 7 * DAY
    reopened = round_reopen(round=draft.round, by=ncetm, closes_at=until, support_closes_at=None, reason=WHY)

    assert (reopened.stage, reopened.closes_at) == (RoundStage.OPEN, until)
    rows = (draft, waiting, complete, again)
    for row in rows:
        row.refresh_from_db()
    assert [row.state for row in rows] == [State.DRAFT, State.SUBMITTED, State.COMPLETE, State.WITHDRAWN]
    assert [row.shown_state for row in rows[:2]] == [State.DRAFT, State.SUBMITTED]
    assert sorted(draft.answers.values_list("text", flat=True)) == texts
    announcements_send()
    assert set(Email.objects.values_list("kind", "to")) == {
        ("round_reopened", draft.applicant.email),
        ("round_reopened", waiting.applicant.email),
    }
    application_save_answer(application=draft, by=draft.applicant, question=draft.terms.questions.first(), text="More")
    assert application_submit(application=draft, by=draft.applicant, at=clock.now()).state == State.SUBMITTED
    event = reopened.events.get()
    assert (event.from_state, event.to_state, event.reason) == ("closed", "open", WHY)
    assert "Applications taken up again: 2" in event.changes


def test_round_closed_early_is_closed_for_good_a_second_time(ncetm: User, time_machine) -> None:
    """Whoever ran out of time after a reopening is told like anybody else."""
    draft = ApplicationFactory()
    round_close_early(round=draft.round, by=ncetm, reason=WHY)
    time_machine.move_to(clock.now() + GRACE)
    rounds_close()
    round_reopen(round=draft.round, by=ncetm, closes_at=clock.now() + DAY, support_closes_at=None, reason=WHY)
    Email.objects.all().delete()

    time_machine.move_to(clock.now() + DAY + GRACE)
    rounds_close()

    assert Email.objects.get().kind == "application_expired"


def test_reopened_round_has_dates_in_order(ncetm: User) -> None:
    round = RoundFactory(opens_at=clock.now() - 60 * DAY)
    ahead = clock.now() + 5 * DAY

    for closes_at, support, wrong in ((clock.now(), None, "closes_at"), (ahead, ahead - DAY, "support_closes_at")):
        with pytest.raises(DatesError) as refused:
            round_reopen(round=round, by=ncetm, closes_at=closes_at, support_closes_at=support, reason=WHY)
        assert list(refused.value.problems) == [wrong]

    with pytest.raises(DomainError, match="not closed"):
        round_reopen(round=RoundFactory(), by=ncetm, closes_at=ahead, support_closes_at=None, reason=WHY)

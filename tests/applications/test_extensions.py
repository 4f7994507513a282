"""More time for one hub or one applicant: who gives it, what it does, and how a mistake is taken back."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection

from applications.enums import State
from applications.models import Application, Extension
from applications.models.extensions import Deadlines
from applications.services.announcements import announcements_send
from applications.services.applications import application_save_about, application_start, application_submit
from applications.services.extensions import ExtensionError, extension_cancel, extension_give, extensions_rely
from applications.services.rounds import rounds_close
from applications.services.support import support_decline
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    ExtensionFactory,
    HeadteacherSupportFactory,
    RoundFactory,
    RoundTermsFactory,
)
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import HubAreaFactory, MathsHubFactory, SchoolFactory
from tests.threads import overtaken, someone_waits

pytestmark = pytest.mark.django_db
DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(DomainError) as error:
        yield
    assert error.value.code == code


@pytest.fixture
def ncetm():
    return UserFactory(ncetm=True)


@pytest.fixture
def round():
    return RoundFactory(complete=True)


def emails() -> set[tuple[str, str]]:
    announcements_send()
    return set(Email.objects.values_list("kind", "to"))


@pytest.mark.parametrize("role", ["ncetm", "hub_lead", None])
def test_only_ncetm_gives_more_time(role, round) -> None:
    hub = HubPlacesFactory(cohort=round.cohort).hub
    by = UserFactory(**{role: hub if role == "hub_lead" else True} if role else {})
    give = {"round": round, "by": by, "hub": hub, "closes_at": round.closes_at + DAY, "reason": "Floods"}
    if role == "ncetm":
        assert extension_give(**give).by == by
    else:
        with refused("not-allowed"):
            extension_give(**give)
        assert not Extension.objects.exists()


@pytest.mark.parametrize(
    ("closes", "support", "wrong"),
    [
        (DAY, None, None),
        (None, DAY, None),
        (DAY, 2 * DAY, None),
        (None, None, {"closes_at"}),
        (timedelta(0), None, {"closes_at"}),
        (-DAY, -DAY, {"closes_at", "support_closes_at"}),
        (2 * DAY, DAY, {"support_closes_at"}),
        (3650 * DAY, None, {"closes_at"}),
    ],
)
def test_more_time_is_later_than_what_they_have_and_before_the_cohort_starts(
    closes, support, wrong, round, ncetm
) -> None:
    hub = HubPlacesFactory(cohort=round.cohort).hub
    dates = {"closes_at": closes, "support_closes_at": support}
    give = {name: None if value is None else round.closes_at + value for name, value in dates.items()}
    give |= {"round": round, "by": ncetm, "hub": hub, "reason": "Floods"}
    if wrong is None:
        assert extension_give(**give).closes_at == give["closes_at"]
    else:
        with pytest.raises(ExtensionError) as error:
            extension_give(**give)
        assert error.value.problems.keys() == wrong


def test_the_same_again_is_a_second_click_and_gives_nothing(round, ncetm) -> None:
    hub = HubPlacesFactory(cohort=round.cohort).hub
    give = {"round": round, "by": ncetm, "hub": hub, "closes_at": round.closes_at + DAY, "reason": "Floods"}
    extension_give(**give)
    with pytest.raises(ExtensionError):
        extension_give(**give)
    assert Extension.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": " "}, "reason"),
        ({"applicant": True}, "whose"),
        ({"hub": None}, "whose"),
        ({"hub": "another"}, "not-taking-part"),
    ],
)
def test_whose_and_why_must_be_said(change, code, round, ncetm) -> None:
    give = {"round": round, "by": ncetm, "closes_at": round.closes_at + DAY, "reason": "Floods"}
    give["hub"] = HubPlacesFactory(cohort=round.cohort).hub
    change = {name: UserFactory() if name == "applicant" else value for name, value in change.items()}
    if change.get("hub") == "another":
        change["hub"] = MathsHubFactory()
    with refused(code):
        extension_give(**give | change)


def test_hub_and_those_whose_deadline_changes_are_told_and_nobody_else(round, ncetm) -> None:
    draft = ApplicationFactory(round=round)
    lead = UserFactory(hub_lead=draft.hub)
    same = {"round": round, "hub": draft.hub}
    waiting = ApplicationFactory(state=State.SUBMITTED, **same)
    longer = ApplicationFactory(**same)
    ExtensionFactory(round=round, hub=None, applicant=longer.applicant, closes_at=round.closes_at + 9 * DAY)
    ApplicationFactory(state=State.COMPLETE, **same)
    ApplicationFactory(round=round)
    extension_give(round=round, by=ncetm, hub=draft.hub, closes_at=round.closes_at + DAY, reason="Floods")
    assert emails() == {
        ("extension_given", draft.applicant.email),
        ("extension_given", waiting.applicant.email),
        ("extension_given_hub", lead.email),
    }


@pytest.mark.parametrize("begun", [True, False])
def test_one_applicant_is_told_where_to_go_on_or_to_begin(begun, round, ncetm) -> None:
    applicant = ApplicationFactory(round=round).applicant if begun else UserFactory()
    extension_give(round=round, by=ncetm, applicant=applicant, closes_at=round.closes_at + DAY, reason="Ill")
    assert emails() == {("extension_given" if begun else "extension_given_to_begin", applicant.email)}


def test_what_the_deadline_ended_unfinished_is_taken_up_again(round, ncetm, time_machine) -> None:
    expired = ApplicationFactory(round=round)
    incomplete = ApplicationFactory(round=round, hub=expired.hub, state=State.SUBMITTED)
    elsewhere = ApplicationFactory(round=round)
    time_machine.move_to(round.closes_at + GRACE)
    assert rounds_close() == (2, 1)

    extension_give(round=round, by=ncetm, hub=expired.hub, closes_at=round.closes_at + DAY, reason="Floods")

    states = dict(Application.objects.values_list("pk", "state"))
    assert states == {expired.pk: State.DRAFT, incomplete.pk: State.SUBMITTED, elsewhere.pk: State.EXPIRED}
    assert rounds_close() == (0, 0)
    time_machine.move_to(round.closes_at + DAY + GRACE)
    assert rounds_close() == (1, 1)


def test_draft_taken_up_is_asked_what_the_round_asks_now(round, ncetm, time_machine) -> None:
    expired = ApplicationFactory(round=round)
    time_machine.move_to(round.closes_at + GRACE)
    rounds_close()
    terms = RoundTermsFactory(round=round)
    extension_give(round=round, by=ncetm, hub=expired.hub, closes_at=round.closes_at + DAY, reason="Floods")
    expired.refresh_from_db()
    assert (expired.state, expired.terms) == (State.DRAFT, terms)


def test_only_support_extended_leaves_an_expired_draft(round, ncetm, time_machine) -> None:
    expired = ApplicationFactory(round=round)
    time_machine.move_to(round.closes_at + GRACE)
    rounds_close()
    extension_give(round=round, by=ncetm, hub=expired.hub, support_closes_at=clock.now() + DAY, reason="Floods")
    expired.refresh_from_db()
    assert expired.state == State.EXPIRED


def test_whoever_began_anew_keeps_the_new_one(round, ncetm, time_machine) -> None:
    old = ApplicationFactory(round=round, state=State.EXPIRED)
    new = ApplicationFactory(round=round, applicant=old.applicant, hub=old.hub)
    extension_give(round=round, by=ncetm, applicant=old.applicant, closes_at=round.closes_at + DAY, reason="Ill")
    assert dict(Application.objects.values_list("pk", "state")) == {old.pk: State.EXPIRED, new.pk: State.DRAFT}


# Beginning after the round has closed


@pytest.mark.parametrize("late", [-MICROSECOND, timedelta(0)])
def test_one_who_was_given_time_begins_to_its_last_microsecond(late, round) -> None:
    teacher = UserFactory()
    given = ExtensionFactory(round=round, hub=None, applicant=teacher)
    start = {"by": teacher, "round": round, "document": round.current_document, "at": given.closes_at + late}
    if late:
        assert application_start(**start).is_draft
    else:
        with refused("closed"):
            application_start(**start)


@pytest.mark.parametrize(
    ("extended", "at", "code"), [(True, DAY, None), (False, DAY, "closed"), (True, 7 * DAY, "closed")]
)
def test_teacher_of_a_hub_with_more_time_begins_with_the_school(extended, at, code, round) -> None:
    school = SchoolFactory()
    hub = HubAreaFactory(authority=school.authority).hub
    ExtensionFactory(round=round, hub=hub if extended else MathsHubFactory(), closes_at=round.closes_at + 7 * DAY)
    start = {"by": UserFactory(), "round": round, "document": round.current_document, "at": round.closes_at + at}
    if code:
        with refused(code):
            application_start(**start, school=school)
        assert not Application.objects.exists()
    else:
        with refused("closed"):
            application_start(**start)
        begun = application_start(**start, school=school)
        assert (begun.school, begun.hub, begun.is_open(start["at"])) == (school, hub, True)


# Taking back


@pytest.fixture
def given(round):
    application = ApplicationFactory(round=round, ready=True)
    return application, ExtensionFactory(round=round, hub=application.hub)


def test_mistake_is_taken_back_and_those_concerned_are_told(given, ncetm) -> None:
    application, extension = given
    lead = UserFactory(hub_lead=application.hub)
    extension_cancel(extension=extension, by=ncetm, reason="It was for another hub")
    assert Application.objects.get(pk=application.pk).closes_at == application.round.closes_at
    assert emails() == {
        ("extension_cancelled", application.applicant.email),
        ("extension_cancelled_hub", lead.email),
    }
    with refused("stale"):
        extension_cancel(extension=extension, by=ncetm, reason="Once more")
    with refused("not-allowed"):
        extension_cancel(extension=extension, by=lead, reason="We do not want it")


def begin(application: Application, at: datetime) -> None:
    ApplicationFactory(round=application.round, hub=application.hub, started_at=at)


def save(application: Application, at: datetime) -> None:
    words = {"job_title": "Teacher", "phase": "key_stage_1", "person": {}}
    application_save_about(application=application, by=application.applicant, **words)


def submit(application: Application, at: datetime) -> None:
    application_submit(application=application, by=application.applicant, at=at)


def answer(application: Application, at: datetime) -> None:
    support = application.supports.get()
    head = UserFactory(email=support.email)
    opened = HeadteacherSupportFactory(application=ApplicationFactory(round=application.round, hub=application.hub))
    type(opened).objects.filter(pk=opened.pk).update(state="opened", person=head, email=head.email)
    support = type(opened).objects.get(pk=opened.pk)
    support_decline(support=support, by=head, at=at, reason="Not this year")


@pytest.mark.parametrize("deed", [begin, save, submit, answer])
@pytest.mark.parametrize("late", [False, True])
def test_what_somebody_relied_on_is_not_taken_back(deed, late, given, ncetm, time_machine) -> None:
    """The same deed before the round's own deadline needed no extension."""
    application, extension = given
    at = application.round.closes_at + (timedelta(0) if late else -MICROSECOND)
    time_machine.move_to(at, tick=False)
    deed(application, at)
    if late:
        with refused("relied-on"):
            extension_cancel(extension=extension, by=ncetm, reason="It was for another hub")
    else:
        assert extension_cancel(extension=extension, by=ncetm, reason="It was for another hub").cancelled_at


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["submit", "cancel"])
def test_submitting_and_taking_back_in_one_moment_agree(first, ncetm) -> None:
    """Whichever comes second waits for the first, and sees what it did."""
    application = ApplicationFactory(ready=True)
    extension = ExtensionFactory(round=application.round, hub=application.hub)
    at = application.round.closes_at + DAY
    deeds = {
        "submit": lambda: application_submit(application=application, by=application.applicant, at=at),
        "cancel": lambda: extension_cancel(extension=extension, by=ncetm, reason="It was for another hub"),
    }
    [second] = deeds.keys() - {first}

    def do_second() -> str:
        with pytest.raises(DomainError) as error:
            deeds[second]()
        return error.value.code

    assert overtaken(do_second, by=deeds[first]) == ("relied-on" if first == "submit" else "closed")


@pytest.mark.django_db(transaction=True)
def test_taking_back_waits_for_whoever_is_submitting_and_stands_in_nobodys_way(ncetm, monkeypatch) -> None:
    """Who submits holds the application and comes for the extension: the other way round, each would wait for ever."""
    application = ApplicationFactory(ready=True)
    extension = ExtensionFactory(round=application.round, hub=application.hub)
    at = application.round.closes_at + DAY

    def cancel() -> str:
        try:
            with refused("relied-on"):
                extension_cancel(extension=extension, by=ncetm, reason="It was for another hub")
        finally:
            connection.close()
        return "refused"

    with ThreadPoolExecutor(1) as threads:
        cancelling: list[Future[str]] = []

        def rely(**told: Any) -> Deadlines:
            cancelling.append(threads.submit(cancel))
            patience = monotonic() + 10
            while not someone_waits() and monotonic() < patience:
                sleep(0.01)
            return extensions_rely(**told)

        monkeypatch.setattr("applications.services.applications.extensions_rely", rely)
        application_submit(application=application, by=application.applicant, at=at)
        assert [each.result(timeout=30) for each in cancelling] == ["refused"]
    application.refresh_from_db()
    assert application.state == State.SUBMITTED

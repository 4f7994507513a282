"""What a hub's people do on an application beside deciding: screen it, hand it on, note something, remind its head."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from applications import permissions
from applications.enums import NoteFor, ScreeningOutcome, State, SupportState
from applications.models import Application, CaseHolder, HeadteacherSupport, Note, Screening
from applications.models.casework import CORRECTED_WITHIN
from applications.services.casework import case_give, headteacher_remind, note_add, note_correct, screening_record
from applications.services.support import support_remind
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    HeadteacherSupportFactory,
    ReviewFactory,
    SelectionPlanFactory,
)
from tests.factories.casework import CaseHolderFactory, NoteFactory, ScreeningFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db

OK, QUERY = ScreeningOutcome.OK, ScreeningOutcome.QUERY
PEOPLE = ("lead", "reviewer", "administrator", "lead elsewhere", "ncetm", "nobody", "applicant")


def people(application: Application) -> dict[str, User]:
    """The applicant leads the hub and is of NCETM besides."""
    hub = application.hub
    return {
        "lead": UserFactory(hub_lead=hub),
        "reviewer": UserFactory(hub_reviewer=hub),
        "administrator": UserFactory(hub_administrator=hub),
        "lead elsewhere": UserFactory(hub_lead=True),
        "ncetm": UserFactory(ncetm=True),
        "nobody": UserFactory(),
        "applicant": application.applicant,
    }


def at_hub(state: str, hub: MathsHub, **more: Any) -> Application:
    return ApplicationFactory(state=state, hub=hub, applicant=UserFactory(hub_lead=hub, ncetm=True), **more)


def refused(call: Callable[[], Any]) -> str:
    """The code of the refusal; empty where there was none."""
    try:
        with transaction.atomic():
            call()
    except DomainError as refusal:
        return refusal.code
    return ""


def may(everybody: dict[str, User], call: Callable[[User], Any]) -> set[str]:
    """Whom it is not refused; all others are told that it is not theirs."""
    codes = {who: refused(lambda person=person: call(person)) for who, person in everybody.items()}
    assert set(codes.values()) <= {"", "not-allowed"}
    return {who for who, code in codes.items() if not code}


# Screening


@pytest.mark.parametrize("state", State)
def test_screening_is_for_leads_and_administrators_until_a_decision_is_released(state: State, hub: MathsHub) -> None:
    application = at_hub(state, hub)
    undecided = application.shown_state in (State.SUBMITTED, State.COMPLETE)

    done = may(people(application), lambda by: screening_record(application=application, by=by, outcome=OK))

    assert done == ({"lead", "administrator"} if undecided else set())
    assert Screening.objects.count() == len(done)


def test_screening_moves_no_state_and_keeps_what_was_said_before(application: Application) -> None:
    lead = UserFactory(hub_lead=application.hub)

    screening_record(application=application, by=lead, outcome=QUERY, note=" The school has closed. ")
    screening_record(application=application, by=lead, outcome=OK, note="It has another number now.")

    assert [(each.outcome, each.note) for each in application.screenings.all()] == [
        (OK, "It has another number now."),
        (QUERY, "The school has closed."),
    ]
    application.refresh_from_db()
    assert (application.state, application.events.count()) == (State.COMPLETE, 0)


def test_query_says_what_is_to_be_cleared_up(application: Application) -> None:
    lead = UserFactory(hub_lead=application.hub)

    assert (
        refused(lambda: screening_record(application=application, by=lead, outcome=QUERY, note=" ")) == "note-missing"
    )
    with pytest.raises(IntegrityError):
        Screening.objects.create(application=application, by=lead, outcome=QUERY)


# Who has the case


@pytest.mark.parametrize("state", [State.SUBMITTED, State.COMPLETE, State.OFFERED, State.UNSUCCESSFUL])
def test_case_is_given_by_leads_and_administrators_to_anybody_of_the_hub(state: State, hub: MathsHub) -> None:
    application = at_hub(state, hub)
    colleague = UserFactory(hub_reviewer=hub)

    def give(by: User) -> None:
        case_give(application=application, by=by, person=colleague)
        CaseHolder.objects.all().delete()

    assert may(people(application), give) == {"lead", "administrator"}
    holders = {who for who, person in people(application).items() if permissions.can_hold_case(person, application)}
    assert holders == {"lead", "reviewer", "administrator"}


def test_case_is_given_to_nobody_outside_the_hub_and_not_to_the_applicant(hub: MathsHub) -> None:
    application = at_hub(State.COMPLETE, hub)
    lead = UserFactory(hub_lead=hub)
    for person in (application.applicant, UserFactory(hub_lead=True), UserFactory(ncetm=True)):
        refusal = refused(lambda person=person: case_give(application=application, by=lead, person=person))
        assert refusal == "not-of-the-hub"

    assert case_give(application=application, by=lead, person=lead).person == lead


def test_handing_on_ends_one_and_begins_the_next(application: Application) -> None:
    lead, colleague = UserFactory(hub_lead=application.hub), UserFactory(hub_administrator=application.hub)
    first = case_give(application=application, by=lead, person=lead)
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        second = case_give(application=application, by=lead, person=colleague)

        first.refresh_from_db()
        assert (first.until_at, first.ended_by) == (second.from_at, lead)
        assert [each.person for each in application.holders.current()] == [colleague]
        case_give(application=application, by=colleague, person=None)
    assert not application.holders.current().exists()
    assert application.holders.count() == 2


def test_handing_on_to_whoever_has_it_already_changes_nothing(application: Application) -> None:
    lead = UserFactory(hub_lead=application.hub)
    assert refused(lambda: case_give(application=application, by=lead, person=None)) == "stale"
    case_give(application=application, by=lead, person=lead)

    assert refused(lambda: case_give(application=application, by=lead, person=lead)) == "stale"
    assert CaseHolder.objects.count() == 1


def test_one_has_a_case_at_a_time(application: Application) -> None:
    CaseHolderFactory(application=application)

    with pytest.raises(IntegrityError):
        CaseHolderFactory(application=application)


def test_colleague_who_is_handed_a_case_is_told_without_a_name(application: Application) -> None:
    lead, colleague = UserFactory(hub_lead=application.hub), UserFactory(hub_reviewer=application.hub)
    case_give(application=application, by=lead, person=lead)
    assert Email.objects.count() == 0

    case_give(application=application, by=lead, person=colleague)

    email = Email.objects.get()
    assert (email.kind, email.to) == ("case_given", colleague.email)
    said = f"{email.subject} {email.text} {email.html}"
    assert application.reference in said
    assert [name for name in ("Okoro", str(application.school)) if name in said] == []


# Notes


def test_note_is_written_by_the_hub_and_read_by_those_it_is_for(hub: MathsHub) -> None:
    application = at_hub(State.COMPLETE, hub)
    everybody = people(application)

    def write(audience: NoteFor) -> Callable[[User], Note]:
        return lambda by: note_add(application=application, by=by, text="Called the school.", audience=audience)

    wrote = {audience: may(everybody, write(audience)) for audience in NoteFor}
    read = {
        audience: {who for who in PEOPLE if Note.objects.visible_to(everybody[who]).filter(audience=audience).exists()}
        for audience in NoteFor
    }

    hubs = {"lead", "reviewer", "administrator"}
    assert wrote == {NoteFor.SELECTION: hubs - {"administrator"}, NoteFor.EVERYONE: hubs}
    assert read == {NoteFor.SELECTION: hubs - {"administrator"} | {"ncetm"}, NoteFor.EVERYONE: hubs | {"ncetm"}}


def test_hub_that_gets_the_application_reads_no_note_of_the_one_before(application: Application) -> None:
    before = UserFactory(hub_lead=application.hub)
    note = NoteFactory(application=application)
    application.hub = application.home_hub = MathsHubFactory()
    application.save()
    after = UserFactory(hub_lead=application.hub)

    assert [note in Note.objects.visible_to(each) for each in (before, after)] == [True, False]
    new = note_add(application=application, by=after, text="New here.", audience=NoteFor.EVERYONE)
    assert new.hub == application.hub


def test_reviewer_who_reads_blind_reads_no_note_before_scoring(application: Application) -> None:
    NoteFactory(application=application)
    NoteFactory(application=application, open=True)
    lead, reviewer, administrator = (
        UserFactory(**{role: application.hub}) for role in ("hub_lead", "hub_reviewer", "hub_administrator")
    )

    def read() -> list[int]:
        return [Note.objects.visible_to(each).count() for each in (lead, reviewer, administrator)]

    review = ReviewFactory(application=application, reviewer=reviewer)
    assert read() == [2, 2, 1]
    SelectionPlanFactory(round=application.round, hub=application.hub, blind=True)
    assert read() == [2, 0, 1]

    review.submitted_at = clock.now()
    review.save()

    assert read() == [2, 2, 1]


def test_note_says_something_and_is_of_what_was_submitted(hub: MathsHub) -> None:
    lead = UserFactory(hub_lead=hub)
    submitted, draft = ApplicationFactory(state=State.COMPLETE, hub=hub), ApplicationFactory(hub=hub)

    def write(application: Application, text: str) -> Note:
        return note_add(application=application, by=lead, text=text, audience=NoteFor.EVERYONE)

    assert write(submitted, " Fine. ").text == "Fine."
    assert refused(lambda: write(submitted, " \n")) == "text-missing"
    assert refused(lambda: write(draft, "Fine.")) == "not-allowed"


def test_note_is_corrected_soon_by_its_writer_alone_and_what_it_said_stays(application: Application) -> None:
    lead, colleague = UserFactory(hub_lead=application.hub), UserFactory(hub_lead=application.hub)
    note = NoteFactory(application=application, by=lead, text="Called Mr Marsh.")
    last = note.at + CORRECTED_WITHIN - timedelta(microseconds=1)

    assert refused(lambda: note_correct(note=note, by=colleague, text="No.")) == "not-allowed"
    with time_machine.travel(last, tick=False):
        assert refused(lambda: note_correct(note=note, by=lead, text=" ")) == "text-missing"
        note_correct(note=note, by=lead, text="Called Ms Marsh.")
    with time_machine.travel(last + timedelta(microseconds=1), tick=False):
        assert refused(lambda: note_correct(note=note, by=lead, text="Late.")) == "not-allowed"

    note.refresh_from_db()
    assert (note.text, note.corrected_at) == ("Called Ms Marsh.", last)
    assert [each.text for each in note.history.all()] == ["Called Mr Marsh."]


def test_whoever_has_left_the_hub_corrects_nothing_there(application: Application) -> None:
    lead = UserFactory(hub_lead=application.hub)
    note = NoteFactory(application=application, by=lead)
    lead.memberships.update(until_on=clock.today())
    lead.forget_memberships()

    assert refused(lambda: note_correct(note=note, by=lead, text="Still here.")) == "not-allowed"


# Reminding the headteacher


@pytest.fixture
def asked(hub: MathsHub) -> HeadteacherSupport:
    support = HeadteacherSupportFactory(application=at_hub(State.SUBMITTED, hub))
    HeadteacherSupport.objects.update(sent_at=clock.now() - timedelta(days=1))
    return support


def test_hub_reminds_a_headteacher_who_is_waited_for(asked: HeadteacherSupport) -> None:
    def remind(by: User) -> None:
        HeadteacherSupport.objects.update(sent_at=clock.now() - timedelta(days=1), reminded_at=None)
        headteacher_remind(application=asked.application, by=by, at=clock.now())

    assert may(people(asked.application), remind) == {"lead", "administrator"}
    assert {(each.kind, each.to) for each in Email.objects.all()} == {("headteacher_unanswered", asked.email)}
    assert set(asked.events.values_list("action", flat=True)) == {"remind_by_hub"}


@pytest.mark.parametrize("state", [SupportState.SIGNED, SupportState.DECLINED, SupportState.CANCELLED])
def test_headteacher_who_has_answered_is_not_reminded(hub: MathsHub, state: str) -> None:
    application = at_hub(State.SUBMITTED, hub)
    HeadteacherSupportFactory(application=application, state=state, sent_at=clock.now() - timedelta(days=9))
    lead = UserFactory(hub_lead=hub)

    assert refused(lambda: headteacher_remind(application=application, by=lead, at=clock.now())) == "not-allowed"
    assert Email.objects.count() == 0


def test_hub_and_applicant_remind_no_more_often_together(asked: HeadteacherSupport) -> None:
    application, lead = asked.application, UserFactory(hub_lead=asked.application.hub)

    def remind() -> Email:
        return headteacher_remind(application=application, by=lead, at=clock.now())

    support_remind(support=asked, by=application.applicant, at=clock.now())
    assert refused(remind) == "too-soon"
    with time_machine.travel(clock.now() + timedelta(days=5, minutes=1), tick=False):
        remind()
        asked.refresh_from_db()
        again = refused(lambda: support_remind(support=asked, by=application.applicant, at=clock.now()))

    assert again == "too-soon"


def test_headteacher_is_not_reminded_once_support_has_closed(asked: HeadteacherSupport) -> None:
    lead, closes = UserFactory(hub_lead=asked.application.hub), asked.application.support_closes_at

    assert refused(lambda: headteacher_remind(application=asked.application, by=lead, at=closes)) == "closed"
    headteacher_remind(application=asked.application, by=lead, at=closes - timedelta(microseconds=1))


def test_rows_say_who_and_when(application: Application) -> None:
    with pytest.raises(IntegrityError):
        CaseHolderFactory(application=application, until_at=clock.now())


def test_screening_of_another_application_is_not_told_here(application: Application) -> None:
    ScreeningFactory()

    assert not application.screenings.exists()

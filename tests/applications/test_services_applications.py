"""The applicant's writes: what each keeps, what each refuses."""

from datetime import timedelta

import pytest

from applications.enums import Outcome, PhaseTaught, State, SupportState, WithdrawalReason
from applications.models import Application
from applications.services.applications import (
    NotReadyError,
    application_save_about,
    application_save_answer,
    application_save_declarations,
    application_sign,
    application_start,
    application_submit,
    offer_accept,
    offer_decline,
)
from applications.services.school_choice import application_save_school
from applications.services.selection import decision_propose, decision_release
from applications.services.withdrawal import application_withdraw
from cohorts.models import HubPlaces, Specialist
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    HeadteacherSupportFactory,
    InformationDocumentFactory,
    QuestionFactory,
    RoundFactory,
)
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import HubAreaFactory, SchoolFactory

pytestmark = pytest.mark.django_db
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def round():
    return RoundFactory(complete=True)


@pytest.fixture
def teacher():
    return UserFactory()


def refused(code: str):
    """For `with`: the block must raise a DomainError of this code."""
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def test_start_keeps_what_the_applicant_relies_on(round, teacher) -> None:
    application = application_start(by=teacher, round=round, document=round.current_document, at=clock.now())

    assert (application.terms, application.document) == (round.current_terms, round.current_document)
    assert application.privacy_notice.version == 1
    assert list(application.events.values_list("action", "to_state", "by")) == [("start", State.DRAFT, teacher.pk)]


def test_start_twice_goes_on_with_the_first(round, teacher) -> None:
    first = application_start(by=teacher, round=round, document=round.current_document, at=clock.now())
    assert application_start(by=teacher, round=round, document=round.current_document, at=clock.now()) == first


def test_start_draws_another_reference_when_the_first_is_taken(round, teacher, monkeypatch) -> None:
    drawn = iter("222222" + "222222" + "333333")
    monkeypatch.setattr("secrets.choice", lambda letters: next(drawn))

    for person in (UserFactory(), teacher):
        application_start(by=person, round=round, document=round.current_document, at=clock.now())

    assert set(Application.objects.values_list("reference", flat=True)) == {"MS-2222-22", "MS-3333-33"}


def test_submit_checks_what_is_saved_and_not_what_was_read_before(round, teacher) -> None:
    ready = ApplicationFactory(ready=True)
    read = Application.objects.prefetch_related("answers").get(pk=ready.pk)
    list(read.answers.all())
    ready.answers.update(text="")

    with refused("not-ready"):
        application_submit(application=read, by=read.applicant, at=clock.now())


def test_offer_made_since_the_page_was_read_can_be_accepted() -> None:
    read = ApplicationFactory(state=State.RESERVED)
    lead = UserFactory(hub_lead=read.hub)
    proposed = Application.objects.get(pk=read.pk)
    decision_propose(application=proposed, by=lead, outcome=Outcome.OFFER, feedback="")
    decision_release(application=proposed, by=lead)

    assert offer_accept(application=read, by=read.applicant, at=clock.now()).state == State.ACCEPTED


def test_start_after_withdrawing_begins_anew(round, teacher) -> None:
    first = application_start(by=teacher, round=round, document=round.current_document, at=clock.now())
    application_withdraw(application=first, by=teacher, why=WithdrawalReason.PERSONAL)

    second = application_start(by=teacher, round=round, document=round.current_document, at=clock.now())

    assert second != first
    assert Application.objects.live().get() == second


def test_start_with_an_older_document_is_refused(round, teacher) -> None:
    read = round.current_document
    InformationDocumentFactory(round=round, version=read.version + 1)
    with refused("document-outdated"):
        application_start(by=teacher, round=round, document=read, at=clock.now())
    assert not Application.objects.exists()


@pytest.mark.parametrize(("late", "code"), [(-MICROSECOND, None), (timedelta(0), "closed")])
def test_start_counts_from_arrival_to_the_closing_instant(round, teacher, late, code) -> None:
    start = {"by": teacher, "round": round, "document": round.current_document, "at": round.closes_at + late}
    if code:
        with refused(code):
            application_start(**start)
    else:
        assert application_start(**start).is_draft


def test_start_before_opening_or_unpublished_is_refused(teacher) -> None:
    round = RoundFactory(complete=True, opens_at=clock.now() + timedelta(days=1))
    for at in (clock.now(), round.opens_at - MICROSECOND):
        with refused("closed"):
            application_start(by=teacher, round=round, document=round.current_document, at=at)
    hidden = RoundFactory(complete=True, published_at=None)
    with refused("closed"):
        application_start(by=teacher, round=hidden, document=hidden.current_document, at=clock.now())


def test_about_is_saved_on_application_and_person(teacher) -> None:
    application = ApplicationFactory(applicant=teacher)
    application_save_about(
        application=application,
        by=teacher,
        job_title="Year 4 teacher",
        phase=PhaseTaught.KEY_STAGE_2,
        person={"first_name": "Amina", "trn": "1234567"},
    )
    application.refresh_from_db()
    teacher.refresh_from_db()
    assert (application.job_title, application.phase) == ("Year 4 teacher", "key_stage_2")
    assert (teacher.first_name, teacher.trn) == ("Amina", "1234567")


def test_school_gives_the_home_hub() -> None:
    area = HubAreaFactory()
    school = SchoolFactory(authority=area.authority)
    application = ApplicationFactory(placed=False)

    application_save_school(application=application, by=application.applicant, school=school)

    application.refresh_from_db()
    assert (application.school, application.hub) == (school, area.hub)


def test_another_school_cancels_headteacher_and_signature() -> None:
    application = ApplicationFactory(ready=True)
    school = SchoolFactory(authority=HubAreaFactory().authority)

    application_save_school(application=application, by=application.applicant, school=school)

    application.refresh_from_db()
    assert application.pledge is None
    assert application.supports.get().state == SupportState.CANCELLED


def test_same_school_again_changes_nothing() -> None:
    application = ApplicationFactory(ready=True)
    application_save_school(application=application, by=application.applicant, school=application.school)
    application.refresh_from_db()
    assert application.pledge is not None
    assert application.supports.get().state == SupportState.REQUESTED


def test_school_without_a_hub_is_refused() -> None:
    application = ApplicationFactory(placed=False)
    with refused("no-hub"):
        application_save_school(application=application, by=application.applicant, school=SchoolFactory())


def test_answer_is_kept_even_when_too_long() -> None:
    application = ApplicationFactory()
    question = application.terms.questions.first()
    text = "word " * (question.word_limit + 1)
    application_save_answer(application=application, by=application.applicant, question=question, text=text)
    assert application.answers.get().text == text


def test_answer_to_another_rounds_question_is_refused() -> None:
    application = ApplicationFactory()
    with refused("not-a-question"):
        application_save_answer(application=application, by=application.applicant, question=QuestionFactory(), text="x")


def test_declaration_of_what_is_evidenced_is_refused() -> None:
    application = ApplicationFactory()
    declared, evidenced = (application.terms.criteria.filter(shown=how).first() for how in ("declared", "evidenced"))
    application_save_declarations(application=application, by=application.applicant, met={declared: True})
    with refused("not-a-declaration"):
        application_save_declarations(application=application, by=application.applicant, met={evidenced: True})
    assert [(d.criterion, d.met) for d in application.declarations.all()] == [(declared, True)]


@pytest.mark.parametrize("state", [s for s in State if s != State.DRAFT])
def test_nothing_is_saved_outside_the_draft(state) -> None:
    application = ApplicationFactory(state=state)
    question = application.terms.questions.first()
    with refused("not-editable"):
        application_save_answer(application=application, by=application.applicant, question=question, text="Late")
    assert not application.answers.exists()


def test_nothing_is_saved_by_somebody_else() -> None:
    application = ApplicationFactory()
    with refused("not-editable"):
        application_save_school(application=application, by=UserFactory(), school=SchoolFactory())


def test_signing_needs_every_commitment() -> None:
    application = ApplicationFactory()
    commitments = commitments_of(application)
    sign = {"application": application, "by": application.applicant, "signed_as": "Amina Rahman"}
    with refused("commitments-missing"):
        application_sign(**sign, agreed=set(list(commitments)[1:]))
    with refused("signature-missing"):
        application_sign(**sign | {"signed_as": "  "}, agreed=commitments)
    application_sign(**sign, agreed=commitments)
    application.refresh_from_db()
    assert application.pledge.signed_as == "Amina Rahman"


def test_submit_waits_for_the_headteacher() -> None:
    application = ApplicationFactory(ready=True)
    submitted = application_submit(application=application, by=application.applicant, at=clock.now())
    assert submitted.state == State.SUBMITTED
    assert list(Email.objects.values_list("kind", "to")) == [("application_submitted", application.applicant.email)]


def test_submit_after_the_signature_completes_and_tells_both_sides() -> None:
    application = ApplicationFactory(ready=True)
    application.supports.all().delete()
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    lead = UserFactory(hub_lead=application.hub)

    submitted = application_submit(application=application, by=application.applicant, at=clock.now())

    assert submitted.state == State.COMPLETE
    assert set(Email.objects.values_list("kind", "to")) == {
        ("application_submitted", application.applicant.email),
        ("application_complete", application.applicant.email),
        ("application_received", lead.email),
    }
    assert list(application.events.values_list("action", flat=True)) == ["submit", "complete"]
    assert application.events.last().by.is_system


def test_submit_unready_names_every_reason_and_writes_nothing() -> None:
    application = ApplicationFactory(placed=False)
    with pytest.raises(NotReadyError) as refusal:
        application_submit(application=application, by=application.applicant, at=clock.now())
    assert {failure.section for failure in refusal.value.failures} == {
        "about",
        "school",
        "declarations",
        "evidence",
        "commitments",
        "headteacher",
    }
    assert not application.events.exists()
    assert not Email.objects.exists()


@pytest.mark.parametrize(("late", "code"), [(-MICROSECOND, None), (timedelta(0), "closed")])
def test_submit_counts_from_arrival_to_the_closing_instant(late, code, time_machine) -> None:
    """The request waited five minutes in a queue; only when it arrived matters."""
    application = ApplicationFactory(ready=True)
    arrived = application.round.closes_at + late
    time_machine.move_to(application.round.closes_at + timedelta(minutes=5))
    if code:
        with refused(code):
            application_submit(application=application, by=application.applicant, at=arrived)
    else:
        assert (
            application_submit(application=application, by=application.applicant, at=arrived).state == State.SUBMITTED
        )


def test_withdraw_frees_a_proposed_place_and_tells_the_hub() -> None:
    application = ApplicationFactory(state=State.OFFER_PROPOSED)
    lead = UserFactory(hub_lead=application.hub)
    places = HubPlaces.objects.get(hub=application.hub)
    assert places.taken == 1

    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)

    places.refresh_from_db()
    assert places.taken == 0
    assert application.decisions.get().closed_at is not None
    assert set(Email.objects.values_list("kind", "to")) == {
        ("application_withdrawn", application.applicant.email),
        ("application_withdrawn_hub", lead.email),
    }


@pytest.mark.parametrize(
    ("state", "told"), [("requested", 1), ("opened", 1), ("signed", 1), ("declined", 0), ("cancelled", 0)]
)
def test_withdraw_tells_the_headteacher_who_was_asked_or_signed(state, told) -> None:
    support = HeadteacherSupportFactory(state=state, email="head@school.example")
    application_withdraw(
        application=support.application, by=support.application.applicant, why=WithdrawalReason.PERSONAL
    )
    kinds = Email.objects.filter(to="head@school.example").values_list("kind", flat=True)
    assert list(kinds) == ["application_withdrawn_headteacher"] * told


def test_withdrawn_draft_tells_no_hub() -> None:
    application = ApplicationFactory()
    UserFactory(hub_lead=application.hub)
    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)
    assert list(Email.objects.values_list("kind", flat=True)) == ["application_withdrawn"]


def test_accept_makes_a_specialist_placed_in_hub_and_school() -> None:
    application = ApplicationFactory(state=State.OFFERED)
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED, email="head@school.example")
    lead = UserFactory(hub_lead=application.hub)

    offer_accept(application=application, by=application.applicant, at=clock.now())

    specialist = Specialist.objects.get()
    placement = specialist.placements.get()
    assert (specialist.person, specialist.cohort) == (application.applicant, application.round.cohort)
    assert (placement.hub, placement.school) == (application.hub, application.school)
    assert placement.from_on == application.round.cohort.academic_year.first_day
    assert HubPlaces.objects.get(hub=application.hub).taken == 1
    assert set(Email.objects.values_list("kind", "to")) == {
        ("offer_accepted", application.applicant.email),
        ("offer_accepted_hub", lead.email),
        ("offer_accepted_headteacher", "head@school.example"),
    }


@pytest.mark.parametrize("reply", [offer_accept, offer_decline])
@pytest.mark.parametrize(("late", "code"), [(-MICROSECOND, None), (timedelta(0), "reply-by-passed")])
def test_reply_counts_from_arrival_to_the_reply_by_instant(reply, late, code) -> None:
    application = ApplicationFactory(state=State.OFFERED)
    at = application.offers.get().reply_by + late
    reason = {"reason": "Not this year"} if reply is offer_decline else {}
    if code:
        with refused(code):
            reply(application=application, by=application.applicant, at=at, **reason)
    else:
        reply(application=application, by=application.applicant, at=at, **reason)
    application.refresh_from_db()
    assert (application.state == State.OFFERED) == bool(code)


def test_decline_frees_the_place_for_good() -> None:
    application = ApplicationFactory(state=State.OFFERED)
    offer_decline(application=application, by=application.applicant, at=clock.now(), reason="Moving away")
    assert HubPlaces.objects.get(hub=application.hub).taken == 0
    assert application.offers.get().decline_reason == "Moving away"
    with refused("stale"):
        offer_decline(application=application, by=application.applicant, at=clock.now(), reason="Again")


def test_leads_own_application_is_not_announced_to_themselves() -> None:
    places = HubPlacesFactory()
    lead = UserFactory(hub_lead=places.hub)
    colleague = UserFactory(hub_lead=places.hub)
    application = ApplicationFactory(applicant=lead, hub=places.hub, state=State.COMPLETE)
    application_withdraw(application=application, by=lead, why=WithdrawalReason.PERSONAL)
    assert Email.objects.get(kind="application_withdrawn_hub").to == colleague.email


def test_signing_twice_is_refused() -> None:
    application = ApplicationFactory()
    application_sign(
        application=application, by=application.applicant, agreed=commitments_of(application), signed_as="A"
    )
    with refused("already-signed"):
        application_sign(
            application=application, by=application.applicant, agreed=commitments_of(application), signed_as="A"
        )
    assert application.applicant.pledges.count() == 1


def commitments_of(application: Application) -> set[int]:
    commitment_set = application.round.cohort.commitment_sets.get(whose="applicant")
    return set(commitment_set.commitments.values_list("pk", flat=True))

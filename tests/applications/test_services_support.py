"""The headteacher's part: who may be asked, which link lives, what signing needs, and what stays confidential."""

from datetime import timedelta

import pytest

from applications.enums import State, SupportState
from applications.models import Declaration, HeadteacherStatement, HeadteacherSupport
from applications.models.support import AFTER_SENDING, BETWEEN_REMINDERS, LINK_LASTS
from applications.services.support import (
    REQUESTS_AN_HOUR,
    support_confirm_headteacher,
    support_decline,
    support_new_link,
    support_open,
    support_person,
    support_remind,
    support_request,
    support_save_statement,
    support_sign,
)
from cohorts.models import Commitment, Pledge
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_body
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    CriterionFactory,
    HeadteacherStatementFactory,
    HeadteacherSupportFactory,
    RoundFactory,
)

pytestmark = pytest.mark.django_db
MICROSECOND = timedelta(microseconds=1)
HEAD = {"first_name": "Helen", "last_name": "Marsh", "email": "head@school.example"}


def refused(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def ask(application, **changes) -> HeadteacherSupport:
    return support_request(
        **{"application": application, "by": application.applicant, "at": clock.now()} | HEAD | changes
    )


def opened(application, email: str = HEAD["email"]) -> HeadteacherSupport:
    support = HeadteacherSupportFactory(application=application, email=email)
    return support_open(support=support, by=support_person(support))


def signature(support: HeadteacherSupport, **changes) -> dict:
    """Everything that signing needs."""
    application = support.application
    commitments = Commitment.objects.filter(
        commitment_set__cohort=application.round.cohort, commitment_set__whose="headteacher"
    )
    return {
        "support": support,
        "by": support.person,
        "at": clock.now(),
        "statement": "A fine teacher.",
        "confirmed": set(application.terms.criteria.filter(shown="headteacher")),
        "agreed": set(commitments.values_list("pk", flat=True)),
        "signed_as": "Helen Marsh",
    } | changes


def link_in(email: Email) -> str:
    return email_body(email).text.split("/support/")[1].split("/")[0]


def test_request_emails_a_link_whose_token_is_stored_as_a_hash() -> None:
    support = ask(ApplicationFactory())
    email = Email.objects.get()
    assert (email.kind, email.to) == ("support_requested", "head@school.example")
    assert support.token_hash == token_hash(link_in(email))
    assert "/support/" not in email.text


def test_request_before_the_school_is_refused() -> None:
    with refused("school-first"):
        ask(ApplicationFactory(placed=False))


def test_request_to_oneself_is_refused() -> None:
    application = ApplicationFactory()
    with refused("own-address"):
        ask(application, email=application.applicant.email.upper())


def test_request_to_another_address_of_ones_own_is_refused() -> None:
    application = ApplicationFactory()
    application.applicant.emailaddress_set.create(email="me@home.example", verified=True)
    with refused("own-address"):
        ask(application, email="Me@home.example")


def test_requests_to_one_address_after_another_end() -> None:
    application = ApplicationFactory()
    for number in range(REQUESTS_AN_HOUR):
        ask(application, email=f"head{number}@school.example")

    with refused("too-many"):
        ask(application)
    application.supports.update(requested_at=clock.now() - timedelta(hours=1))
    assert ask(application).state == SupportState.REQUESTED


def test_naming_another_headteacher_cancels_the_first_request() -> None:
    application = ApplicationFactory()
    first = ask(application)
    second = ask(application, email="deputy@school.example")
    first.refresh_from_db()
    assert (first.state, second.state) == (SupportState.CANCELLED, SupportState.REQUESTED)
    assert application.supports.current().get() == second


def test_naming_another_after_the_signature_is_refused() -> None:
    application = ApplicationFactory()
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    with refused("already-signed"):
        ask(application)


def test_naming_another_after_a_refusal_is_possible_until_support_closes() -> None:
    application = ApplicationFactory(state=State.SUBMITTED)
    HeadteacherSupportFactory(application=application, state=SupportState.DECLINED)
    deadline = application.round.support_deadline
    with refused("closed"):
        ask(application, at=deadline)
    assert ask(application, at=deadline - MICROSECOND).state == SupportState.REQUESTED


def test_reminder_makes_the_old_link_die_and_goes_once_in_five_days(time_machine) -> None:
    time_machine.move_to(clock.now(), tick=False)
    support = ask(ApplicationFactory())
    old = support.token_hash

    def remind() -> None:
        support_remind(support=support, by=support.application.applicant, at=clock.now())

    with refused("too-soon"):
        remind()
    time_machine.shift(AFTER_SENDING)
    remind()
    support.refresh_from_db()
    reminder = Email.objects.get(kind="support_reminder")
    assert (reminder.to, reminder.about) == (support.email, support)
    assert old != support.token_hash == token_hash(link_in(reminder))

    time_machine.shift(BETWEEN_REMINDERS - MICROSECOND)
    with refused("too-soon"):
        remind()
    time_machine.shift(MICROSECOND)
    remind()
    assert list(support.events.values_list("action", flat=True)) == ["request", "remind", "remind"]


def test_reminder_is_the_applicants_and_before_the_answer() -> None:
    support = HeadteacherSupportFactory()
    with refused("stale"):
        support_remind(support=support, by=UserFactory(), at=clock.now())
    answered = HeadteacherSupportFactory(state=SupportState.DECLINED)
    with refused("stale"):
        support_remind(support=answered, by=answered.application.applicant, at=clock.now())


def test_reminders_end_with_the_time_for_support() -> None:
    support = HeadteacherSupportFactory()
    deadline = support.application.round.support_deadline
    remind = {"support": support, "by": support.application.applicant}

    with refused("closed"):
        support_remind(**remind, at=deadline)
    support_remind(**remind, at=deadline - MICROSECOND)

    assert Email.objects.filter(to=support.email).count() == 1


def test_same_address_is_no_new_request_but_may_get_another_name() -> None:
    application = ApplicationFactory()
    first = ask(application)

    with refused("already-asked"):
        ask(application, email="HEAD@school.example")
    renamed = ask(application, first_name="Helena")

    assert (renamed.pk, renamed.full_name, renamed.token_hash) == (first.pk, "Helena Marsh", first.token_hash)
    assert Email.objects.count() == 1


def test_address_that_declined_may_be_asked_anew() -> None:
    application = ApplicationFactory()
    first = HeadteacherSupportFactory(application=application, email=HEAD["email"], state=SupportState.DECLINED)

    assert ask(application).pk != first.pk


# The link's time


def test_link_lasts_thirty_days_and_never_past_the_end_of_support() -> None:
    now = clock.now()
    long, short = (RoundFactory(complete=True, closes_at=now + timedelta(days=days)) for days in (60, 20))
    early = HeadteacherSupportFactory(application__round=long, sent_at=now)
    late = HeadteacherSupportFactory(application__round=short, sent_at=now)
    answered = HeadteacherSupportFactory(application__round=short, sent_at=now, state=SupportState.SIGNED)

    assert early.link_expires_at == now + LINK_LASTS
    assert late.link_expires_at == short.closes_at
    assert answered.link_expires_at == now + LINK_LASTS


def expired(**kwargs) -> HeadteacherSupport:
    now = clock.now()
    round = RoundFactory(complete=True, opens_at=now - timedelta(days=50), closes_at=now + timedelta(days=10))
    return HeadteacherSupportFactory(application__round=round, sent_at=now - LINK_LASTS, **kwargs)


@pytest.mark.parametrize("state", [SupportState.REQUESTED, SupportState.OPENED, SupportState.SIGNED])
def test_expired_link_asks_once_for_a_new_one_to_the_same_address(state) -> None:
    support = expired(state=state)
    fresh = {"support": support, "hashed": support.token_hash}
    with refused("not-expired"):
        support_new_link(**fresh, at=support.link_expires_at - MICROSECOND)

    support_new_link(**fresh, at=support.link_expires_at)

    email = Email.objects.get(kind="support_new_link")
    support.refresh_from_db()
    assert email.to == support.email
    assert (support.token_hash, support.former_token_hash) == (token_hash(link_in(email)), "")
    with refused("stale"):
        support_new_link(**fresh, at=clock.now())
    assert Email.objects.count() == 1


@pytest.mark.parametrize("how", ["cancelled", "round", "withdrawn"])
def test_expired_link_of_what_is_over_gets_no_new_one(how) -> None:
    state = SupportState.CANCELLED if how == "cancelled" else SupportState.REQUESTED
    support = expired(state=state, application__state=State.WITHDRAWN if how == "withdrawn" else State.DRAFT)
    at = support.application.round.closes_at if how == "round" else clock.now()

    with refused("stale" if how == "cancelled" else "closed"):
        support_new_link(support=support, hashed=support.token_hash, at=at)
    assert not Email.objects.filter(to=support.email).exists()


def test_opening_makes_the_person_and_is_logged_once() -> None:
    support = HeadteacherSupportFactory()
    person = support_person(support)
    support = support_open(support=support, by=person)
    support_open(support=support, by=person)
    assert (person.full_name, person.email) == ("Helen Marsh", support.email)
    assert list(support.events.values_list("action", "by")) == [("open", person.pk)]


def test_opening_a_cancelled_request_is_refused() -> None:
    support = HeadteacherSupportFactory()
    stale = HeadteacherSupport.objects.get(pk=support.pk)
    HeadteacherSupport.objects.filter(pk=support.pk).update(state=SupportState.CANCELLED)
    with refused("stale"):
        support_open(support=stale, by=support_person(stale))


def test_signing_completes_a_submitted_application_and_copies_what_was_signed() -> None:
    application = ApplicationFactory(state=State.SUBMITTED)
    support = opened(application)

    completed = support_sign(**signature(support))

    support.refresh_from_db()
    assert (support.state, completed.state) == (SupportState.SIGNED, State.COMPLETE)
    assert support.pledge.signed_as == "Helen Marsh"
    assert Declaration.objects.get(application=application).by == support.person
    copy = Email.objects.get(kind="support_copy")
    assert copy.to == support.email
    for commitment in support.pledge.commitment_set.commitments.all():
        assert commitment.text in copy.text


def test_signing_a_draft_leaves_it_a_draft() -> None:
    application = ApplicationFactory()
    assert support_sign(**signature(opened(application))).state == State.DRAFT


def test_statement_is_in_no_email() -> None:
    support = opened(ApplicationFactory(state=State.SUBMITTED))
    support_sign(**signature(support, statement="Confidential praise"))
    assert HeadteacherStatement.objects.get().text == "Confidential praise"
    assert [email for email in Email.objects.all() if "Confidential praise" in email.text + email.html] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"statement": " "}, "statement-missing"),
        ({"statement": "word " * 301}, "statement-too-long"),
        ({"confirmed": set()}, "confirmation-missing"),
        ({"agreed": set()}, "commitments-missing"),
        ({"signed_as": ""}, "signature-missing"),
    ],
)
def test_signing_needs_every_part(change, code) -> None:
    support = opened(ApplicationFactory(state=State.SUBMITTED))
    with refused(code):
        support_sign(**signature(support, **change))
    support.refresh_from_db()
    assert support.state == SupportState.OPENED
    assert not Pledge.objects.filter(person=support.person).exists()
    assert support_sign(**signature(support)).state == State.COMPLETE


def test_desirable_confirmation_may_be_left_open() -> None:
    support = opened(ApplicationFactory())
    CriterionFactory(terms=support.application.terms, headteacher=True, importance="desirable")
    essential = set(support.application.terms.criteria.filter(shown="headteacher", importance="essential"))
    support_sign(**signature(support, confirmed=essential))
    met = Declaration.objects.filter(application=support.application).values_list("criterion__importance", "met")
    assert sorted(met) == [("desirable", False), ("essential", True)]


def test_round_without_statement_asks_for_none() -> None:
    application = ApplicationFactory(round=RoundFactory(complete=True, statement_words=None))
    support_sign(**signature(opened(application), statement=""))
    assert not HeadteacherStatement.objects.exists()


@pytest.mark.parametrize(("late", "code"), [(-MICROSECOND, None), (timedelta(0), "closed")])
def test_signing_counts_from_arrival_to_the_support_deadline(late, code) -> None:
    closes_at = clock.now() + timedelta(days=10)
    later = closes_at + timedelta(days=7)
    round = RoundFactory(complete=True, closes_at=closes_at, support_closes_at=later)
    support = opened(ApplicationFactory(round=round, state=State.SUBMITTED))
    if code:
        with refused(code):
            support_sign(**signature(support, at=later + late))
    else:
        assert support_sign(**signature(support, at=later + late)).state == State.COMPLETE


def test_signing_by_somebody_else_is_refused() -> None:
    support = opened(ApplicationFactory())
    with refused("not-allowed"):
        support_sign(**signature(support, by=UserFactory()))


def test_declining_keeps_the_reason_from_the_applicant() -> None:
    support = opened(ApplicationFactory(state=State.SUBMITTED))
    decline = {"support": support, "by": support.person, "at": clock.now()}
    with refused("reason-missing"):
        support_decline(**decline, reason=" ")

    support_decline(**decline, reason="No release days this year")

    email = Email.objects.get(kind="support_declined")
    assert email.to == support.application.applicant.email
    assert "No release days" not in email.text + email.html
    with refused("stale"):
        support_decline(**decline | {"support": HeadteacherSupport.objects.get(pk=support.pk)}, reason="Again")
    with refused("stale"):
        support_sign(**signature(HeadteacherSupport.objects.get(pk=support.pk)))


def test_statement_draft_is_kept_though_too_long_and_not_after_signing() -> None:
    support = opened(ApplicationFactory())
    support_save_statement(support=support, by=support.person, text="word " * 500)
    assert len(HeadteacherStatement.objects.get().text.split()) == 500
    support_sign(**signature(support))
    with refused("stale"):
        support_save_statement(support=support, by=support.person, text="Changed afterwards")


def test_statement_is_visible_to_leads_reviewers_and_ncetm_alone() -> None:
    statement = HeadteacherStatementFactory()
    application = statement.support.application
    seen = {
        "lead": UserFactory(hub_lead=application.hub),
        "reviewer": UserFactory(hub_reviewer=application.hub),
        "ncetm": UserFactory(ncetm=True),
    }
    unseen = {
        "administrator": UserFactory(hub_administrator=application.hub),
        "another hub": UserFactory(hub_lead=True),
        "applicant": application.applicant,
        "headteacher": UserFactory(headteacher=application.school),
    }
    for name, person in (seen | unseen).items():
        assert HeadteacherStatement.objects.visible_to(person).exists() == (name in seen), name


def test_applicant_who_is_a_lead_or_ncetm_never_sees_the_statement() -> None:
    for role in ("hub_lead", "ncetm"):
        application = ApplicationFactory()
        applicant = UserFactory(**{role: application.hub if role == "hub_lead" else True})
        statement = HeadteacherStatementFactory(support__application__applicant=applicant)
        assert not HeadteacherStatement.objects.visible_to(applicant).filter(pk=statement.pk).exists()


def test_hub_confirms_the_headteacher_who_signed() -> None:
    support = HeadteacherSupportFactory(state=SupportState.SIGNED)
    application = support.application
    with refused("not-allowed"):
        support_confirm_headteacher(support=support, by=UserFactory(hub_reviewer=application.hub))
    assert support.person.school_urns == set()

    support_confirm_headteacher(support=support, by=UserFactory(hub_lead=application.hub))

    assert type(support.person).objects.get(pk=support.person.pk).school_urns == {application.school_id}

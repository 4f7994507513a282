"""What a headteacher's signing needs, what declining tells, and what stays confidential."""

from datetime import timedelta

import pytest

from applications.enums import State, SupportState
from applications.models import Declaration, HeadteacherStatement, HeadteacherSupport
from applications.services.support import (
    support_confirm_headteacher,
    support_decline,
    support_open,
    support_person,
    support_save_statement,
    support_sign,
)
from cohorts.models import Commitment, Pledge
from mastery_hub.common import clock
from mastery_hub.messaging.models import Email
from tests.applications.support.steps import HEAD, MICROSECOND, refused
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    CriterionFactory,
    HeadteacherStatementFactory,
    HeadteacherSupportFactory,
    RoundFactory,
)

pytestmark = pytest.mark.django_db


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

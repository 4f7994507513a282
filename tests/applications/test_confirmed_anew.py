"""A headteacher who signed a draft before the terms had something more to confirm is asked to confirm it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from applications.applicant_presenters.deadlines import countdown_of
from applications.applicant_presenters.sections import Stage
from applications.eligibility import submission_check
from applications.enums import Importance, Section, Shown, State, SupportState
from applications.models import Application, Criterion, Declaration, HeadteacherSupport
from applications.services.announcements import announcements_send
from applications.services.applications import application_submit
from applications.services.support import ANOTHER, WHAT_IS_NEW, support_open, support_person, support_request
from applications.services.terms import terms_part_save, terms_put_in_force
from cohorts.versions import version_seen
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.models import key_new
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_body
from tests.applications.applicants import stages, url
from tests.applications.supporters import by_link, signature
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    HeadteacherStatementFactory,
    HeadteacherSupportFactory,
    PledgeRenewalFactory,
)

pytestmark = pytest.mark.django_db
HEAD = {"first_name": "Helen", "last_name": "Marsh", "email": "head@school.example"}
SAID = "Ask Helen Marsh again: there is something new for headteachers to confirm"
WORDS = "We release them for the residentials"


@pytest.fixture
def draft() -> Application:
    """Ready but for what comes, and signed by its headteacher, with a statement."""
    draft = ApplicationFactory(ready=True)
    draft.supports.all().delete()
    support = HeadteacherSupportFactory(application=draft, state=SupportState.SIGNED, **HEAD)
    HeadteacherStatementFactory(support=support, text="She has earned it.")
    return draft


def add(application: Application, *, shown: Shown = Shown.HEADTEACHER, **values: Any) -> Criterion:
    """NCETM puts a version in force that asks one thing more."""
    round, ncetm = application.round, UserFactory(ncetm=True)
    values = {"text": WORDS, "declaration": WORDS, "shown": shown, "importance": Importance.ESSENTIAL} | values
    terms_part_save(model=Criterion, round=round, by=ncetm, key=key_new(), seen="", values=values)
    terms = terms_put_in_force(round=round, by=ncetm, seen=version_seen(round.working_terms))
    application.refresh_from_db()
    return terms.criteria.get(text=WORDS)


def about_headteacher(application: Application) -> list[str]:
    found = submission_check(Application.objects.get(pk=application.pk))
    return [failure.message for failure in found if failure.section == Section.HEADTEACHER]


def ask(application: Application, **changes: Any) -> HeadteacherSupport:
    return support_request(
        **{"application": application, "by": application.applicant, "at": clock.now()} | HEAD | changes
    )


def submit(application: Application) -> Application:
    return application_submit(application=application, by=application.applicant, at=clock.now())


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, [SAID]),
        ({"importance": Importance.DESIRABLE}, []),
        ({"shown": Shown.DECLARED}, []),
    ],
    ids=["essential", "desirable", "declared"],
)
def test_signature_stands_unless_something_essential_is_new_to_the_headteacher(draft, values, said) -> None:
    assert about_headteacher(draft) == []
    add(draft, **values)
    assert about_headteacher(draft) == said


def test_what_was_denied_while_desirable_is_asked_once_it_is_essential(draft) -> None:
    criterion = add(draft, importance=Importance.DESIRABLE)
    Declaration.objects.create(application=draft, criterion=criterion, met=False, by=draft.supports.get().person)
    assert about_headteacher(draft) == []
    Criterion.objects.filter(pk=criterion.pk).update(importance=Importance.ESSENTIAL)
    assert about_headteacher(draft) == [SAID]


def test_countdown_tells_of_a_signature_only_while_it_is_enough(draft) -> None:
    def said() -> str:
        return countdown_of(Application.objects.get(pk=draft.pk), clock.now()).headteacher

    assert said() == "Helen Marsh has signed for your school."
    add(draft)
    assert said() == (
        "Helen Marsh signed before there was something new for headteachers to confirm: ask them again. "
        "Your headteacher must have signed by then too."
    )


@pytest.mark.parametrize("state", [SupportState.REQUESTED, SupportState.OPENED])
def test_headteacher_who_has_yet_to_sign_confirms_it_then(state) -> None:
    draft = ApplicationFactory(ready=True)
    draft.supports.update(state=state)
    add(draft)
    assert about_headteacher(draft) == []


def test_draft_is_submitted_once_the_headteacher_is_asked_again(draft) -> None:
    add(draft)
    with pytest.raises(DomainError, check=lambda error: error.code == "not-ready"):
        submit(draft)
    ask(draft)
    assert submit(draft).state == State.SUBMITTED


def test_asking_again_ends_the_signature_and_keeps_what_was_written(draft) -> None:
    with pytest.raises(DomainError, check=lambda error: error.code == "already-signed"):
        ask(draft)
    add(draft)

    again = ask(draft)

    signed = draft.supports.exclude(pk=again.pk).get()
    assert (signed.state, again.state) == (SupportState.CANCELLED, SupportState.REQUESTED)
    assert signed.events.get().reason == WHAT_IS_NEW
    assert again.statement.text == "She has earned it."
    assert "You have signed for this application before" in email_body(Email.objects.get(kind="support_requested")).text


def test_statement_goes_to_nobody_else(draft) -> None:
    add(draft)
    other = ask(draft, first_name="Joan", email="joan@school.example")
    assert not hasattr(other, "statement")
    assert "signed for this application" not in email_body(Email.objects.get(kind="support_requested")).text
    assert ask(draft).statement.text == "She has earned it."
    assert HeadteacherSupport.objects.get(pk=other.pk).events.last().reason == ANOTHER


def test_after_submitting_nobody_is_asked_again(draft) -> None:
    submitted = submit(draft)
    assert submitted.state == State.COMPLETE
    add(submitted)
    with pytest.raises(DomainError, check=lambda error: error.code == "not-editable"):
        ask(submitted)


def test_signature_renewed_by_a_new_head_leads_to_them(draft) -> None:
    support = draft.supports.get()
    renewal = PledgeRenewalFactory(
        support=support, signed=True, first_name="Joan", last_name="Hill", email="joan@school.example"
    )
    assert about_headteacher(draft) == []
    add(draft)
    assert about_headteacher(draft) == [SAID.replace("Helen Marsh", "Joan Hill")]
    again = ask(draft, first_name=renewal.first_name, last_name=renewal.last_name, email=renewal.email)
    assert (again.state, hasattr(again, "statement")) == (SupportState.REQUESTED, False)


def test_applicant_is_told_what_to_do(draft, client: Client) -> None:
    add(draft)
    client.force_login(draft.applicant)

    assert stages(draft)[Section.HEADTEACHER] is Stage.PROBLEM
    page = client.get(url(draft))
    assertContains(page, "Ask Helen Marsh again", count=3)  # the banner, the task, what is missing
    announcements_send()
    told = email_body(Email.objects.get(kind="terms_changed")).text
    assert "Helen Marsh signed before there was something new for headteachers to confirm." in told

    asking = client.get(url(draft, "headteacher"))
    assertContains(asking, 'value="head@school.example"')
    client.post(url(draft, "headteacher"), HEAD)
    assert draft.supports.current().get().state == SupportState.REQUESTED
    assertNotContains(client.get(url(draft)), "Ask Helen Marsh again")


def test_applicant_whose_headteacher_has_nothing_new_is_told_nothing_of_them(draft, client: Client) -> None:
    add(draft, importance=Importance.DESIRABLE)
    client.force_login(draft.applicant)
    assertNotContains(client.get(url(draft)), "Ask Helen Marsh again")
    announcements_send()
    assert "Helen Marsh" not in email_body(Email.objects.get(kind="terms_changed")).text
    assertContains(client.post(url(draft, "headteacher"), HEAD), "Helen Marsh has already signed.")


def test_headteacher_finds_what_they_wrote_and_ticks_what_is_new(draft, client: Client) -> None:
    new = add(draft)
    again = ask(draft)
    support_open(support=again, by=support_person(again))
    by_link(client, email_body(Email.objects.get(kind="support_requested")).text.split("/support/")[1].split("/")[0])

    assertContains(client.get(reverse("support_statement")), "She has earned it.")
    page = client.get(reverse("support_commitments"))
    assertContains(page, "You signed on")
    ticked = page.context["form"].initial
    known = {c.pk for c in draft.terms.criteria.filter(shown=Shown.HEADTEACHER)} - {new.pk}
    assert known <= set(ticked["confirmed"])
    assert new.pk not in ticked["confirmed"]
    assert set(ticked["agreed"]) == set(signature(again)["agreed"])

    refused = client.post(reverse("support_commitments"), signature(again, confirmed=sorted(known)))
    assertContains(refused, "Tick everything that you confirm")
    client.post(reverse("support_commitments"), signature(again))
    assert draft.supports.current().get().state == SupportState.SIGNED
    assert about_headteacher(draft) == []
    assert submit(draft).state == State.COMPLETE


def test_headteacher_who_signs_for_the_first_time_finds_nothing_ticked(client: Client) -> None:
    support = HeadteacherSupportFactory(token="the-token", state=SupportState.OPENED)
    by_link(client)
    page = client.get(reverse("support_commitments"))
    assert page.context["form"].initial == {}
    assertNotContains(page, "You signed on")
    assert support.state == SupportState.OPENED

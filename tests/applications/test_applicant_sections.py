"""The sections of a draft: saved as far as they are valid, left and found again, nothing typed lost."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.applicant_presenters.sections import Stage
from applications.enums import PhaseTaught, Section, Shown, State
from applications.models import Answer, Application, Declaration
from applications.services.rounds import rounds_close
from mastery_hub.accounts.forms import TRN_TAKEN
from mastery_hub.accounts.models import User
from tests.applications.applicants import LATER, saved, signed_in, stages, url
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    CriterionFactory,
    DeclarationFactory,
    HeadteacherSupportFactory,
)
from tests.threads import overtaken

pytestmark = pytest.mark.django_db


PAGES = ("about", "school", "declarations", "evidence", "commitments", "headteacher", "check")


ABOUT = {
    "first_name": "Amina",
    "last_name": "Rahman",
    "job_title": "Class teacher",
    "phase": PhaseTaught.KEY_STAGE_2,
    "trn": "1234567",
    "telephone": "01632 960 001",
    "ncetm_username": "amina",
}


# Who


@pytest.mark.parametrize("page", ["page", *PAGES, "withdraw"])
def test_page_is_for_its_applicant_alone(client: Client, page: str) -> None:
    application = signed_in(client)
    assert client.get(url(application, page)).status_code == 200

    client.force_login(UserFactory())
    assert client.get(url(application, page)).status_code == 404
    assert client.post(url(application, page)).status_code in (404, 405)


@pytest.mark.parametrize("page", ["page", "check", "withdraw", "submitted"])
def test_page_of_submitted_application_is_not_the_hubs(client: Client, page: str) -> None:
    application = signed_in(client, state=State.COMPLETE)
    assert client.get(url(application, page)).status_code == 200

    for person in (UserFactory(hub_lead=application.hub), UserFactory(ncetm=True)):
        client.force_login(person)
        assert client.get(url(application, page)).status_code == 404


@pytest.mark.parametrize("page", ["page", *PAGES])
def test_page_signed_out_asks_to_sign_in(client: Client, page: str) -> None:
    assert client.get(url(ApplicationFactory(), page)).status_code == 302


@pytest.mark.parametrize("page", ["page", *PAGES])
def test_get_writes_nothing(client: Client, page: str) -> None:
    application = signed_in(client, ready=True)
    before = (Application.objects.filter(pk=application.pk).values().get(), application.events.count())

    client.get(url(application, page))

    assert (Application.objects.filter(pk=application.pk).values().get(), application.events.count()) == before


# About you


def test_about_saves_and_returns_to_task_list(client: Client) -> None:
    application = signed_in(client)

    assertRedirects(client.post(url(application, "about"), ABOUT), url(application))

    application, person = saved(application)
    assert (application.job_title, application.phase) == ("Class teacher", PhaseTaught.KEY_STAGE_2)
    assert (person.full_name, person.trn, person.telephone, person.ncetm_username) == (
        "Amina Rahman",
        "1234567",
        "01632 960 001",
        "amina",
    )
    assert stages(application)[Section.ABOUT] is Stage.COMPLETED


def test_about_from_check_returns_to_check(client: Client) -> None:
    application = signed_in(client)

    assertRedirects(client.post(url(application, "about") + "?from=check", ABOUT), url(application, "check"))


def test_about_unfinished_is_refused_by_continue_and_saved_by_later(client: Client) -> None:
    application = signed_in(client)
    half = ABOUT | {"trn": "", "phase": ""}

    page = client.post(url(application, "about"), half)
    assertContains(page, "Enter your teacher reference number (TRN)")
    assertContains(page, "Select the phase you teach")
    assertRedirects(client.post(url(application, "about"), half | LATER), url(application))

    assert saved(application)[0].job_title == "Class teacher"
    assert stages(application)[Section.ABOUT] is Stage.IN_PROGRESS


def test_about_refuses_a_name_that_an_email_would_make_a_link_of(client: Client) -> None:
    """The name stands in what the headteacher gets."""
    application = signed_in(client)

    page = client.post(url(application, "about"), ABOUT | {"first_name": "https://evil.example"})

    assertContains(page, "Enter a name without symbols")
    assert "evil" not in saved(application)[1].full_name


@pytest.mark.parametrize("later", [{}, LATER])
def test_about_with_wrong_value_saves_the_rest_and_keeps_what_was_typed(client: Client, later: dict[str, str]) -> None:
    application = signed_in(client)

    page = client.post(url(application, "about"), ABOUT | {"trn": "12345", "telephone": "1"} | later)

    assertContains(page, "A teacher reference number (TRN) has 7 digits, such as 1234567")
    assertContains(page, "Enter a telephone number")
    assertContains(page, 'value="12345"')
    application, person = saved(application)
    assert (application.job_title, person.first_name, person.trn, person.telephone) == (
        "Class teacher",
        "Amina",
        "",
        "",
    )


@pytest.mark.parametrize("typed", ["RP12/34567", "rp 12-34567", " 12 34567 "])
def test_about_reads_trn_as_written_on_papers(client: Client, typed: str) -> None:
    application = signed_in(client)

    client.post(url(application, "about"), ABOUT | {"trn": typed})

    assert saved(application)[1].trn == "1234567"


def test_about_with_trn_of_another_person_is_refused(client: Client) -> None:
    application = signed_in(client)
    UserFactory(trn="1234567")

    page = client.post(url(application, "about"), ABOUT)

    assertContains(page, "Another person already uses this teacher reference number (TRN)")
    assert saved(application)[1].trn == ""
    client.post(url(application, "about"), ABOUT | {"trn": "7654321"})
    assert saved(application)[1].trn == "7654321"


def test_about_marks_only_optional_fields_optional(client: Client) -> None:
    application = signed_in(client)

    page = client.post(url(application, "about"), {"trn": "1"} | LATER)

    assertContains(page, "(optional)", count=2)


# Declarations


def declared(application: Application) -> list[Any]:
    return list(application.terms.criteria.filter(shown=Shown.DECLARED))


def test_declarations_set_essential_and_desirable_apart(client: Client) -> None:
    application = signed_in(client)
    CriterionFactory(terms=application.terms, declared=True, importance="desirable", declaration="I lead maths")

    page = client.get(url(application, "declarations")).content.decode()

    assert page.index("Essential") < page.index("I have Qualified Teacher Status") < page.index("Desirable")
    assert page.index("Desirable") < page.index("I lead maths")
    assert "I understand the commitment" not in page


@pytest.mark.parametrize(("answer", "stage"), [("yes", Stage.COMPLETED), ("no", Stage.PROBLEM)])
def test_declarations_save_yes_and_no(client: Client, answer: str, stage: Stage) -> None:
    application = signed_in(client)
    [criterion] = declared(application)

    response = client.post(url(application, "declarations"), {f"criterion-{criterion.key}": answer})

    assertRedirects(response, url(application))
    assert Declaration.objects.get(application=application).met == (answer == "yes")
    assert stages(application)[Section.DECLARATIONS] is stage


def test_declarations_unanswered_are_missed_by_continue_and_let_be_by_later(client: Client) -> None:
    application = signed_in(client)
    desirable = CriterionFactory(terms=application.terms, declared=True, importance="desirable", declaration="I lead")
    answered = {f"criterion-{declared(application)[0].key}": "yes"}

    page = client.post(url(application, "declarations"), answered)
    assertContains(page, "Select yes or no for “I lead”")
    assertRedirects(client.post(url(application, "declarations"), answered | LATER), url(application))

    assert Declaration.objects.filter(application=application).count() == 1
    assert not Declaration.objects.filter(criterion=desirable).exists()
    assert stages(application)[Section.DECLARATIONS] is Stage.IN_PROGRESS


def test_declarations_with_other_value_change_nothing(client: Client) -> None:
    application = signed_in(client)

    client.post(url(application, "declarations"), {f"criterion-{declared(application)[0].key}": "maybe"})

    assert Declaration.objects.count() == 0


# After the draft


@pytest.mark.parametrize("page", ["about", "school", "declarations", "evidence", "commitments"])
def test_section_of_submitted_application_leads_to_its_page(client: Client, page: str) -> None:
    application = signed_in(client, state=State.SUBMITTED)

    assertRedirects(client.get(url(application, page)), url(application))


def test_section_sent_after_submitting_keeps_what_was_typed_and_changes_nothing(client: Client) -> None:
    application = signed_in(client, state=State.SUBMITTED)

    page = client.post(url(application, "answer", number=1), {"text": "Late thought"})

    assertContains(page, "This application can no longer be changed.")
    assertContains(page, "Late thought")
    assert Answer.objects.count() == 0


def test_round_closing_while_drafting_loses_nothing(client: Client) -> None:
    application = signed_in(client, ready=True)
    closes = application.round.closes_at.replace(microsecond=0)
    type(application.round).objects.update(closes_at=closes)
    answer = application.answers.first()

    with time_machine.travel(closes, tick=False):
        client.force_login(application.applicant)
        page = client.get(url(application))
        assertContains(page, "This round closed")
        assertContains(page, "Nothing that you wrote is lost")
        assertContains(client.get(url(application, "check")), answer.text)
        assertNotContains(client.get(url(application, "check")), "Submit application")
        assert client.get(url(application, "about")).status_code == 302
        more = {"text": "One more", "seen": answer.mark}
        client.post(url(application, "answer", number=answer.question.order), more)
    answer.refresh_from_db()
    assert answer.text == "One more"
    with time_machine.travel(closes + timedelta(minutes=10), tick=False):
        rounds_close()
        assertContains(client.get(url(application)), "Not submitted in time")
        assertContains(client.get(url(application, "check")), "One more")


# The task list


def test_draft_page_of_new_application(client: Client) -> None:
    application = signed_in(client, placed=False)

    page = client.get(url(application))

    assert set(stages(application).values()) == {Stage.NOT_STARTED}
    assertContains(page, "You have completed 0 of 6 sections.")
    assertContains(page, "30 days left")
    for missing in ("Enter your role", "Choose your school", "Answer question 1", "Name your headteacher"):
        assertContains(page, missing)
    assertContains(page, "You have not asked your headteacher yet")


def test_draft_page_of_ready_application(client: Client) -> None:
    application = signed_in(client, ready=True)

    page = client.get(url(application))

    assertContains(page, "You have completed 5 of 6 sections.")
    assertNotContains(page, "What is still missing")
    assertContains(page, "Ready to submit")
    assertContains(page, "Helen Marsh has not opened the request yet. You can submit while you wait")


@pytest.mark.parametrize(
    ("state", "stage"),
    [
        ("requested", Stage.IN_PROGRESS),
        ("opened", Stage.IN_PROGRESS),
        ("signed", Stage.COMPLETED),
        ("declined", Stage.PROBLEM),
        ("cancelled", Stage.NOT_STARTED),
    ],
)
def test_stage_of_headteacher_follows_support(client: Client, state: str, stage: Stage) -> None:
    support = HeadteacherSupportFactory(state=state)

    assert stages(support.application)[Section.HEADTEACHER] is stage


def test_stage_of_school_that_cannot_apply_is_a_problem(client: Client) -> None:
    application = signed_in(client)
    application.round.cohort.hub_places.all().delete()

    assert stages(application)[Section.SCHOOL] is Stage.PROBLEM
    assertContains(client.get(url(application, "school")), "is not recruiting in this round")


def test_declaration_not_met_is_said_on_task_list(client: Client) -> None:
    application = signed_in(client)
    declaration = DeclarationFactory(application=application, met=False)

    assertContains(client.get(url(application)), f"This is essential for the programme: {declaration.criterion.text}")


@pytest.mark.parametrize("page", ["page", *PAGES])
def test_page_takes_at_most_twenty_queries(client: Client, page: str, django_assert_max_num_queries: Any) -> None:
    application = signed_in(client, ready=True)

    with django_assert_max_num_queries(20):
        assert client.get(url(application, page)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_about_with_trn_that_another_person_gives_in_the_same_moment_is_refused(client: Client) -> None:
    other, application = UserFactory(), signed_in(client)

    page = overtaken(
        lambda: client.post(url(application, "about"), ABOUT),
        by=lambda: User.objects.filter(pk=other.pk).update(trn="1234567"),
    )

    assert page.context["form"].errors == {"trn": [TRN_TAKEN]}
    assert page.context["form"]["job_title"].value() == ABOUT["job_title"]
    assert saved(application)[1].trn == ""

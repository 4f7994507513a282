"""What a hub is told to look at beside a signature: whose address it is, where it is, and whom the register names."""

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from applications.enums import Signatory, State
from applications.models import HeadteacherSupport
from applications.support_notes import support_notes
from tests.applications import hubs
from tests.applications.applicants import url
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory
from tests.factories.directory import SchoolFactory

pytestmark = pytest.mark.django_db
WEBSITE = "http://www.larkfield.leeds.sch.uk/home"


def asked(email: str = "head@larkfield.leeds.sch.uk", *, website: str = WEBSITE, **kwargs) -> HeadteacherSupport:
    school = SchoolFactory(website=website, head_title="Mrs", head_first_name="Helen", head_last_name="Marsh")
    application = ApplicationFactory(state=State.COMPLETE, school=school)
    return HeadteacherSupportFactory(application=application, email=email, **kwargs)


def notes(support: HeadteacherSupport) -> list[str]:
    support.is_applicants = HeadteacherSupport.objects.for_hub().get(pk=support.pk).is_applicants
    return support_notes(support.application, support)


@pytest.mark.parametrize(
    "email",
    ["head@larkfield.leeds.sch.uk", "head@office.larkfield.leeds.sch.uk", "head@leeds.sch.uk"],
)
def test_head_of_the_register_at_the_schools_domain_is_worth_no_note(email: str) -> None:
    assert notes(asked(email)) == []


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("sam@home.example", "is also an address of the applicant"),
        ("sam+head@home.example", "is also an address of the applicant"),
        ("sam@proven.example", "is also an address of the applicant"),
        ("helen.marsh@gmail.com", "is at a provider where anybody can have a mailbox"),
        ("helen@hotmail.co.uk", "is at a provider where anybody can have a mailbox"),
        ("head@another.sch.uk", "is not at the school’s own website, larkfield.leeds.sch.uk"),
        ("head@xlarkfield.leeds.sch.uk", "is not at the school’s own website"),
    ],
)
def test_odd_address_is_noted_once(email: str, words: str) -> None:
    support = asked(email)
    support.application.applicant.email = "sam@home.example"
    support.application.applicant.emailaddress_set.create(email="sam@proven.example", verified=True)
    support.application.applicant.emailaddress_set.create(email="head@another.sch.uk", verified=False)

    [note] = notes(support)

    assert words in note


@pytest.mark.parametrize("website", ["", "http://", "none", "http://[bad", "www.larkfield.leeds.sch.uk"])
def test_website_that_is_none_or_has_no_scheme_is_no_reason_for_a_note(website: str) -> None:
    assert notes(asked(website=website)) == []


def test_other_name_than_the_registers_is_noted_unless_somebody_else_signs() -> None:
    assert notes(asked(last_name="Marsh", first_name="Nell")) == []
    assert notes(asked(last_name="Hill")) == [
        "The schools register names Mrs Helen Marsh as headteacher, not Helen Hill."
    ]
    assert notes(asked(last_name="Hill", signatory=Signatory.PASSED_ON)) == []


def test_applicant_with_the_heads_name_is_noted_unless_they_said_so() -> None:
    for signatory, count in ((Signatory.HEADTEACHER, 1), (Signatory.HEAD_APPLIES, 0)):
        support = asked(signatory=signatory)
        support.application.applicant.first_name, support.application.applicant.last_name = "helen", "MARSH"
        assert sum("the applicant has the same name" in note for note in notes(support)) == count


def test_notes_stand_at_the_hub_bar_nothing_and_are_hidden_from_the_applicant(client: Client) -> None:
    application = asked("helen@gmail.com").application
    hubs.signed_in(client, hub_lead=application.hub)

    page = client.get(hubs.address(application))

    assertContains(page, "Worth a look")
    assertContains(page, "Propose a decision")
    client.force_login(application.applicant)
    assertNotContains(client.get(url(application)), "anybody can have a mailbox")


def test_hub_without_a_note_is_shown_none(client: Client) -> None:
    application = asked().application
    hubs.signed_in(client, hub_lead=application.hub)

    assertNotContains(client.get(hubs.address(application)), "Worth a look")

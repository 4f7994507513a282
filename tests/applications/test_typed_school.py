"""A teacher whose school is not listed types it in, corrects it, finds it after all, and submits in time."""

from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.eligibility import submission_check
from applications.enums import State, SupportState
from applications.models import Application, HeadteacherSupport
from applications.services.applications import application_sign, application_submit, commitment_set_for
from applications.services.school_choice import application_save_school, application_type_school
from cohorts.enums import Whose
from cohorts.models import HubPlaces, Pledge
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.enums import PhaseOfEducation
from mastery_hub.directory.models import MathsHub, School, UnlistedSchool
from mastery_hub.directory.services.unlisted import SchoolTold
from mastery_hub.messaging.models import Email
from tests.applications.applicants import signed_in, url
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory
from tests.factories.cohorts import PledgeFactory
from tests.factories.directory import HubAreaFactory, LocalAuthorityFactory, MathsHubFactory, SchoolFactory
from tests.threads import overtaken

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> MathsHub:
    return HubAreaFactory(authority__name="Fictionshire").hub


@pytest.fixture
def typed(hub: MathsHub) -> dict[str, Any]:
    return {
        "name": "Larkfield Academy",
        "town": "Fictionby",
        "postcode": "ZZ1 1AA",
        "authority": hub.areas.get().authority_id,
        "phase": "2",
        "state_funded": "yes",
    }


def told(hub: MathsHub, **changes: Any) -> SchoolTold:
    facts = {
        "name": "Larkfield Academy",
        "town": "Fictionby",
        "postcode": "",
        "authority": hub.areas.get().authority,
        "district": "",
        "phase": PhaseOfEducation.PRIMARY,
        "is_state_funded": True,
    }
    return SchoolTold(**facts | changes)


def chosen(application: Application) -> tuple[str, str]:
    application.refresh_from_db()
    return str(application.school), str(application.hub)


# The page


@pytest.mark.parametrize("query", ["", "?q=nowhere", "?q=larkfield"])
def test_school_page_leads_to_typing_in(client: Client, query: str) -> None:
    SchoolFactory(name="Larkfield Primary School")
    application = signed_in(client, placed=False)

    page = client.get(url(application, "school") + query)

    assertContains(page, f'<a class="govuk-link" href="{url(application, "typed_school")}">My school is not listed</a>')


def test_school_is_typed_in_and_shown_as_told(client: Client, hub: MathsHub, typed: dict[str, Any]) -> None:
    application = signed_in(client, placed=False)

    page = client.post(url(application, "typed_school"), typed, follow=True)

    assertRedirects(page, url(application, "school"))
    assert chosen(application) == ("Larkfield Academy", str(hub))
    assert application.typed_school.school == application.school
    assert application.typed_school.typed_by == application.applicant
    for shown in ("Not in the register", "Fictionby, ZZ1 1AA", "Fictionshire", "Primary, state-funded. Your Maths Hub"):
        assertContains(page, shown)
        assertContains(client.get(url(application, "check")), shown)
    for name in ("school", "check", "page", "typed_school", "headteacher", "commitments"):
        assertNotContains(client.get(url(application, name)), application.school_id)


def test_school_with_a_mistake_is_not_saved_and_nothing_typed_is_lost(
    client: Client, hub: MathsHub, typed: dict[str, Any]
) -> None:
    application = signed_in(client, placed=False)

    page = client.post(url(application, "typed_school"), typed | {"postcode": "LS1"})

    assertContains(page, "There is a problem")
    assertContains(page, "Enter a full postcode, like LS1 4AP")
    for kept in ('value="Larkfield Academy"', 'value="Fictionby"', 'value="LS1"', "selected>Fictionshire<"):
        assertContains(page, kept)
    application.refresh_from_db()
    assert application.school is None
    assert UnlistedSchool.objects.count() == 0


def test_shown_words_are_never_markup(client: Client, hub: MathsHub, typed: dict[str, Any]) -> None:
    application = signed_in(client, placed=False)

    page = client.post(url(application, "typed_school"), typed | {"name": "<script>alert(1)</script>"})
    assertNotContains(page, "<script>alert(1)")
    assertContains(page, "&lt;script&gt;alert(1)")

    page = client.post(url(application, "typed_school"), typed | {"name": "Fish & Chips"}, follow=True)
    assertContains(page, "Fish &amp; Chips")


def test_district_is_asked_for_and_decides_the_hub(client: Client, hub: MathsHub, typed: dict[str, Any]) -> None:
    west = HubAreaFactory(authority=hub.areas.get().authority, district="Westby").hub
    application = signed_in(client, placed=False)

    page = client.post(url(application, "typed_school"), typed)
    assertContains(page, "Select the district: Fictionshire has more than one Maths Hub")
    assertContains(page, 'value="Larkfield Academy"')
    client.post(url(application, "typed_school"), typed | {"district": "Westby"})

    assert chosen(application) == ("Larkfield Academy", str(west))


def test_authority_without_a_hub_is_refused_as_for_a_listed_school(client: Client, typed: dict[str, Any]) -> None:
    application = signed_in(client, placed=False)

    page = client.post(url(application, "typed_school"), typed | {"authority": LocalAuthorityFactory().pk})

    assertContains(page, "We do not know the Maths Hub of Larkfield Academy. Contact NCETM to put this right.")
    assertContains(page, 'value="Larkfield Academy"')
    assert School.with_unlisted.count() == 0


def test_typing_in_from_the_check_page_leads_back_there(client: Client, typed: dict[str, Any]) -> None:
    application = signed_in(client, placed=False)
    back = f"{url(application, 'school')}?from=check"

    assertContains(client.get(back), f"{url(application, 'typed_school')}?from=check")
    assertRedirects(client.post(f"{url(application, 'typed_school')}?from=check", typed), back)
    assertContains(client.get(back), f'href="{url(application, "check")}"')


def test_what_was_typed_is_shown_again_to_be_corrected(client: Client, hub: MathsHub, typed: dict[str, Any]) -> None:
    application = signed_in(client, placed=False)
    client.post(url(application, "typed_school"), typed)
    first = UnlistedSchool.objects.get()

    assertContains(client.get(url(application, "typed_school")), 'value="Larkfield Academy"')
    client.post(url(application, "typed_school"), typed | {"name": "Larkfield Junior School"})

    assert chosen(application) == ("Larkfield Junior School", str(hub))
    assert UnlistedSchool.objects.get() == first


def test_change_that_ends_what_was_signed_is_warned_of(client: Client, hub: MathsHub, typed: dict[str, Any]) -> None:
    application = signed_in(client, ready=True)
    place = url(application, "typed_school")
    words = "If you save another school here, your request to Helen Marsh is cancelled and you sign your commitments"

    assertContains(client.get(place), words)
    assertContains(client.post(place, typed, follow=True), "We cancelled your request to Helen Marsh.")
    assertNotContains(client.get(place), "If you save another school here")
    assert HeadteacherSupport.objects.get().state == SupportState.CANCELLED


@pytest.mark.parametrize("state", [State.SUBMITTED, State.COMPLETE, State.EXPIRED])
def test_school_is_typed_in_while_the_application_is_a_draft(client: Client, typed: dict[str, Any], state: str) -> None:
    application = signed_in(client, state=state)
    before = application.school

    assertRedirects(client.get(url(application, "typed_school")), url(application))
    assertContains(client.post(url(application, "typed_school"), typed), "This application can no longer be changed.")

    application.refresh_from_db()
    assert application.school == before


# The service


def type_in(application: Application, told: SchoolTold) -> None:
    application_type_school(application=application, by=application.applicant, told=told)
    application.refresh_from_db()


def test_correction_before_anybody_signed_keeps_the_request(hub: MathsHub) -> None:
    application = ApplicationFactory(placed=False)
    type_in(application, told(hub))
    support = HeadteacherSupportFactory(application=application)

    elsewhere = HubAreaFactory()
    type_in(application, told(hub, name="Larkfield School", authority=elsewhere.authority))

    support.refresh_from_db()
    assert support.state == SupportState.REQUESTED
    assert (application.school.name, application.hub) == ("Larkfield School", elsewhere.hub)
    assert School.with_unlisted.count() == 1


def sign(application: Application) -> None:
    commitments = commitment_set_for(application, Whose.APPLICANT).commitments.values_list("pk", flat=True)
    application_sign(application=application, by=application.applicant, agreed=set(commitments), signed_as="Sam Okoro")
    application.refresh_from_db()


def test_other_words_after_signing_are_another_school(hub: MathsHub) -> None:
    application = ApplicationFactory(placed=False)
    type_in(application, told(hub))
    sign(application)
    signed_for = application.school

    type_in(application, told(hub))
    assert (application.school, application.pledge.school) == (signed_for, signed_for)
    type_in(application, told(hub, name="Hilltop School"))

    assert (application.school.name, application.pledge) == ("Hilltop School", None)
    assert Pledge.objects.get().school.name == "Larkfield Academy"


def test_listed_school_found_after_all_leaves_nothing_behind(hub: MathsHub) -> None:
    application = ApplicationFactory(placed=False)
    type_in(application, told(hub))
    listed = SchoolFactory(authority=hub.areas.get().authority)

    application_save_school(application=application, by=application.applicant, school=listed)

    application.refresh_from_db()
    assert (application.school, application.typed_school, application.hub) == (listed, None, hub)
    assert list(School.with_unlisted.all()) == [listed]
    assert UnlistedSchool.objects.count() == 0


def test_listed_school_found_after_signing_keeps_what_was_signed_for(hub: MathsHub) -> None:
    application = ApplicationFactory(placed=False)
    type_in(application, told(hub))
    sign(application)

    listed = SchoolFactory(authority=hub.areas.get().authority)
    application_save_school(application=application, by=application.applicant, school=listed)

    assert Pledge.objects.get().school == UnlistedSchool.objects.get().school


def test_another_persons_draft_is_not_touched(hub: MathsHub) -> None:
    application = ApplicationFactory(placed=False)
    with pytest.raises(DomainError, match="can no longer be changed"):
        application_type_school(application=application, by=UserFactory(), told=told(hub))
    type_in(application, told(hub))
    assert application.school.name == "Larkfield Academy"


@pytest.mark.django_db(transaction=True)
def test_second_click_at_once_makes_no_second_school(hub: MathsHub) -> None:
    application, facts = ApplicationFactory(placed=False), told(hub)
    save = partial(application_type_school, application=application, by=application.applicant, told=facts)

    overtaken(save, by=save)

    assert School.with_unlisted.get().name == "Larkfield Academy"


# Submitting


@pytest.fixture
def ready() -> Application:
    return ApplicationFactory(unlisted=True, ready=True)


def reasons(application: Application) -> list[str]:
    return [failure.message for failure in submission_check(Application.objects.get(pk=application.pk))]


def test_application_from_an_unlisted_school_is_submitted_and_its_hub_is_told(ready: Application) -> None:
    lead = UserFactory(hub_lead=ready.hub)
    UserFactory(hub_reviewer=ready.hub)
    UserFactory(hub_lead=True)

    submitted = application_submit(application=ready, by=ready.applicant, at=clock.now())

    assert submitted.state == State.SUBMITTED
    email = Email.objects.get(kind="school_unlisted")
    assert email.to == lead.email
    assert email.subject == f"School not in the register: {ready.applicant}, {ready.school}"
    for said in (str(ready.school), ready.reference, f"/hub/{ready.hub.slug}/applications/{ready.reference}/"):
        assert said in email.text
    assert str(ready.school_id) not in email.text + email.html


def test_hub_hears_nothing_of_the_kind_for_a_listed_school() -> None:
    application = ApplicationFactory(ready=True)
    UserFactory(hub_lead=application.hub)

    application_submit(application=application, by=application.applicant, at=clock.now())

    assert list(Email.objects.values_list("kind", flat=True)) == ["application_submitted"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"type_group": 1002},
            "{} is not state-funded by what you told us. Your Maths Hub can tell you what else it offers.",
        ),
        (
            {"phase": PhaseOfEducation.SECONDARY},
            "{} is not a school for the {programme} by what you told us. Ask your Maths Hub what is.",
        ),
    ],
)
def test_what_was_told_must_fit_the_programme(ready: Application, change: dict[str, int], message: str) -> None:
    assert reasons(ready) == []
    School.with_unlisted.filter(pk=ready.school_id).update(**change)
    said = message.format(ready.school, programme=ready.round.cohort.programme.name)
    assert reasons(ready) == [f"Ask {ready.hub} for an exception: {said}"]


def test_hub_of_an_unlisted_school_must_take_part(ready: Application) -> None:
    HubPlaces.objects.filter(hub=ready.hub).delete()
    assert reasons(ready) == [f"{ready.hub} is not recruiting in this round: contact the hub to ask who is"]


def test_application_names_no_unlisted_school_without_what_was_typed() -> None:
    """The database says so too, and nothing typed in is kept by one whose school is not chosen."""
    application = ApplicationFactory(unlisted=True)
    listed = SchoolFactory()
    rows = Application.objects.filter(pk=application.pk)
    for change in ({"typed_school": None}, {"school": None, "hub": None}):
        with pytest.raises(IntegrityError, match="unlisted_school_was_typed_in"), transaction.atomic():
            rows.update(**change)
    assert rows.update(school=listed) == 1
    assert rows.update(typed_school=None) == 1


def test_old_signatures_of_others_keep_a_typed_school() -> None:
    application = ApplicationFactory(unlisted=True)
    PledgeFactory(school=application.school)
    application_save_school(
        application=application, by=application.applicant, school=SchoolFactory(in_hub=MathsHubFactory())
    )
    assert UnlistedSchool.objects.count() == 1

"""To which hub: the school's home hub, or a neighbour of it that recruits, for a reason that both hubs read."""

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.eligibility import school_failures
from applications.enums import State, SupportState
from applications.models import Application
from applications.services.applications import application_submit
from applications.services.school_choice import application_choose_hub, application_save_school, application_type_school
from cohorts.models import HubPlaces
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.directory.services.unlisted import SchoolTold
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_body
from tests.applications import hubs
from tests.applications.applicants import signed_in, url
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import HubAreaFactory, MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db
REASON = "I lead a Work Group with this hub"


@pytest.fixture
def home() -> MathsHub:
    return MathsHubFactory(name="Home")


@pytest.fixture
def school(home: MathsHub) -> School:
    return SchoolFactory(in_hub=home, name="Larkfield Primary School")


@pytest.fixture
def application(client: Client, home: MathsHub, school: School) -> Application:
    return signed_in(client, ready=True, hub=home, school=school)


@pytest.fixture
def neighbour(application: Application, home: MathsHub) -> MathsHub:
    """One that recruits, beside one that does not and one that has closed."""
    neighbour = MathsHubFactory(name="Next Door")
    closed = MathsHubFactory(name="Over", closed_on=clock.today())
    home.neighbours.add(neighbour, closed, MathsHubFactory(name="Resting"))
    HubPlacesFactory(cohort=application.round.cohort, hub=neighbour)
    HubPlacesFactory(cohort=application.round.cohort, hub=closed)
    return neighbour


def choose(application: Application, hub: MathsHub, reason: str = REASON, by: Any = None) -> Application:
    application_choose_hub(application=application, by=by or application.applicant, hub=hub, reason=reason)
    return Application.objects.get(pk=application.pk)


def chosen(application: Application) -> tuple[MathsHub | None, MathsHub | None, str]:
    application = Application.objects.get(pk=application.pk)
    return application.hub, application.home_hub, application.hub_reason


def refused(code: str) -> Any:
    return pytest.raises(DomainError, check=lambda error: error.code == code)


# The service


def test_neighbour_is_chosen_with_a_reason_and_everything_else_stays(
    application: Application, home: MathsHub, neighbour: MathsHub
) -> None:
    moving = {"hub_id", "hub_reason", "eligibility", "saved_at"}  # another hub may have rules of its own
    before = Application.objects.values().get(pk=application.pk)

    choose(application, neighbour, f"  {REASON} ")

    after = Application.objects.values().get(pk=application.pk)
    assert chosen(application) == (neighbour, home, REASON)
    assert {name for name in after if after[name] != before[name]} == moving
    assert application.supports.get().state == SupportState.REQUESTED


def test_going_back_to_the_home_hub_needs_no_reason_and_keeps_none(
    application: Application, home: MathsHub, neighbour: MathsHub
) -> None:
    choose(application, neighbour)
    choose(application, home, "left over")
    assert chosen(application) == (home, home, "")


def test_neighbour_needs_a_reason(application: Application, home: MathsHub, neighbour: MathsHub) -> None:
    with refused("reason-missing"):
        choose(application, neighbour, " ")
    assert chosen(application) == (home, home, "")


def test_neighbour_of_a_home_hub_that_does_not_recruit_needs_none(
    application: Application, home: MathsHub, neighbour: MathsHub
) -> None:
    HubPlaces.objects.filter(hub=home).delete()
    choose(application, neighbour, "")
    assert chosen(application) == (neighbour, home, "Home Maths Hub is not recruiting in this round.")


@pytest.mark.parametrize("name", ["Resting", "Over", "Far Away"])
def test_hub_that_is_closed_far_away_or_does_not_recruit_is_refused(
    application: Application, neighbour: MathsHub, name: str
) -> None:
    far = MathsHubFactory(name="Far Away")
    HubPlacesFactory(cohort=application.round.cohort, hub=far)
    with refused("not-a-neighbour"):
        choose(application, MathsHub.objects.get(name=name))
    choose(application, neighbour)


def test_hub_comes_after_the_school() -> None:
    application = ApplicationFactory(placed=False)
    with refused("school-first"):
        choose(application, MathsHubFactory())


def test_hub_is_chosen_by_the_applicant_in_the_draft_alone(application: Application, neighbour: MathsHub) -> None:
    with refused("not-editable"):
        choose(application, neighbour, by=UserFactory(hub_lead=neighbour))
    application_submit(application=application, by=application.applicant, at=clock.now())
    with refused("not-editable"):
        choose(application, neighbour)


def test_neighbour_stays_for_another_school_of_the_same_home_hub(
    application: Application, home: MathsHub, school: School, neighbour: MathsHub
) -> None:
    choose(application, neighbour)
    beside = SchoolFactory(authority=school.authority)
    application_save_school(application=application, by=application.applicant, school=beside)
    assert chosen(application) == (neighbour, home, REASON)

    elsewhere = SchoolFactory(in_hub=MathsHubFactory(name="Other"))
    application_save_school(application=application, by=application.applicant, school=elsewhere)
    hub, its_home, reason = chosen(application)
    assert (str(hub), hub == its_home, reason) == ("Other Maths Hub", True, "")


def test_corrected_typed_school_moves_the_home_hub(home: MathsHub, neighbour: MathsHub) -> None:
    """What was typed is corrected in place, so its hub is decided anew as for a school of the register."""
    typed = ApplicationFactory(unlisted=True, hub=home)
    HubPlacesFactory(cohort=typed.round.cohort, hub=neighbour)
    HubAreaFactory(hub=home, authority=typed.school.authority)
    choose(typed, neighbour)
    told = SchoolTold.of(typed.school)
    area = HubAreaFactory(hub__name="Third")
    changed = type(told)(**{**told.__dict__, "authority": area.authority})

    application_type_school(application=typed, by=typed.applicant, told=changed)

    assert chosen(typed) == (area.hub, area.hub, "")


@pytest.mark.parametrize(
    "broken",
    [{"home_hub": None}, {"hub_reason": REASON}, {"hub": "neighbour"}, {"hub": "neighbour", "home_hub": None}],
)
def test_database_keeps_hub_home_hub_and_reason_together(
    application: Application, neighbour: MathsHub, broken: dict[str, Any]
) -> None:
    broken = {name: neighbour if value == "neighbour" else value for name, value in broken.items()}
    with pytest.raises(IntegrityError, match="another_hub_has_its_reason"):
        Application.objects.filter(pk=application.pk).update(**broken)


def test_those_who_had_applied_applied_to_their_home_hub(application: Application, home: MathsHub) -> None:
    rule = next(c for c in Application._meta.constraints if c.name == "another_hub_has_its_reason")
    connection.check_constraints()
    with connection.schema_editor() as editor:
        editor.remove_constraint(Application, rule)
    Application.objects.update(home_hub=None)

    importlib.import_module("applications.migrations.0007_home_hub_of_those_who_applied").fill(apps, None)

    assert chosen(application) == (home, home, "")


# What is said where the home hub does not recruit


@pytest.mark.parametrize("others", [0, 1, 2])
def test_hub_that_does_not_recruit_names_the_neighbours_that_do(
    application: Application, home: MathsHub, others: int
) -> None:
    HubPlaces.objects.filter(hub=home).delete()
    for name in ("Alder", "Beech")[:others]:
        home.neighbours.add(hub := MathsHubFactory(name=name))
        HubPlacesFactory(cohort=application.round.cohort, hub=hub)

    [failure] = school_failures(application)

    assert (
        failure.message
        == [
            "Home Maths Hub is not recruiting in this round: contact the hub to ask who is",
            "Home Maths Hub is not recruiting in this round: apply to Alder Maths Hub instead",
            "Home Maths Hub is not recruiting in this round: apply to Alder Maths Hub or Beech Maths Hub instead",
        ][others]
    )


def test_neighbour_that_recruits_no_more_sends_back_home(application: Application, neighbour: MathsHub) -> None:
    application = choose(application, neighbour)
    HubPlaces.objects.filter(hub=neighbour).delete()
    [failure] = school_failures(application)
    assert failure.message.endswith("not recruiting in this round: apply to Home Maths Hub instead")


# The pages


def test_school_page_leads_to_the_other_hubs(client: Client, application: Application, neighbour: MathsHub) -> None:
    assertContains(client.get(url(application, "school")), url(application, "hub"))

    page = client.get(url(application, "hub"))
    assertContains(page, "Next Door Maths Hub")
    assertContains(page, "Your home hub")
    assertNotContains(page, "Resting Maths Hub")

    answer = client.post(url(application, "hub"), {"hub": neighbour.pk, "reason": REASON})
    assertRedirects(answer, url(application, "school"), fetch_redirect_response=False)
    page = client.get(url(application, "school"))
    assertContains(page, REASON)
    assertContains(page, "You are applying to Next Door Maths Hub.")


def test_answers_to_be_checked_name_the_other_hub_and_why(
    client: Client, application: Application, neighbour: MathsHub
) -> None:
    assertNotContains(client.get(url(application, "check")), "You are applying to")
    choose(application, neighbour)

    page = client.get(url(application, "check"))

    assertContains(page, "You are applying to")
    assertContains(page, REASON)


def test_hub_is_not_chosen_before_the_school(client: Client, neighbour: MathsHub) -> None:
    draft = signed_in(client, placed=False)
    for answer in (
        client.get(url(draft, "hub")),
        client.post(url(draft, "hub"), {"hub": neighbour.pk, "reason": REASON}),
    ):
        assertRedirects(answer, url(draft, "school"), fetch_redirect_response=False)
    assert chosen(draft) == (None, None, "")


def test_hub_page_from_check_goes_back_there(client: Client, application: Application, neighbour: MathsHub) -> None:
    path = f"{url(application, 'hub')}?from=check"
    answer = client.post(path, {"hub": neighbour.pk, "reason": REASON})
    assertRedirects(answer, f"{url(application, 'school')}?from=check")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({}, "Select a Maths Hub"),
        ({"hub": "neighbour"}, "Say why you are applying to Next Door Maths Hub and not to Home Maths Hub"),
        ({"hub": "neighbour", "reason": "x" * 1001}, "must be 1,000 characters or fewer"),
        ({"hub": "99999", "reason": REASON}, "Select one of these hubs"),
        ({"hub": "<b>", "reason": REASON}, "Select one of these hubs"),
        ({"hub": "neighbour", "reason": "\0"}, "Null characters are not allowed"),
    ],
)
def test_hub_page_refuses_bad_input_and_loses_nothing(
    client: Client, application: Application, home: MathsHub, neighbour: MathsHub, typed: dict[str, str], message: str
) -> None:
    typed = typed | ({"hub": str(neighbour.pk)} if typed.get("hub") == "neighbour" else {})
    page = client.post(url(application, "hub"), typed)
    assertContains(page, message)
    assert page.context["form"]["reason"].value() == typed.get("reason")
    assert chosen(application) == (home, home, "")


def test_hub_page_of_a_home_hub_that_does_not_recruit(
    client: Client, application: Application, home: MathsHub, neighbour: MathsHub
) -> None:
    HubPlaces.objects.filter(hub=home).delete()
    page = client.get(url(application, "hub"))
    assertContains(page, "Home Maths Hub is not recruiting in this round.")
    assertNotContains(page, "Why are you not applying")
    assertRedirects(client.post(url(application, "hub"), {"hub": neighbour.pk}), url(application, "school"))
    assert chosen(application)[0] == neighbour


def test_hub_page_where_nobody_near_recruits(client: Client, application: Application, home: MathsHub) -> None:
    HubPlaces.objects.all().delete()
    assertContains(client.get(url(application, "hub")), "None of its neighbours is recruiting either")


def test_hub_page_before_the_school_is_chosen_leads_to_it(client: Client) -> None:
    application = signed_in(client, placed=False)
    assertRedirects(client.get(url(application, "hub")), url(application, "school"))


def test_hub_page_is_the_applicants_alone(client: Client, application: Application) -> None:
    client.force_login(UserFactory(hub_lead=application.hub))
    assert client.get(url(application, "hub")).status_code == 404


# Who hears of it


def test_home_hub_is_told_once_submitted_and_the_chosen_hub_reads_the_reason(
    client: Client, application: Application, home: MathsHub, neighbour: MathsHub
) -> None:
    own, theirs = UserFactory(hub_lead=home), UserFactory(hub_lead=neighbour)
    UserFactory(hub_reviewer=home)
    choose(application, neighbour)
    told = Email.objects.filter(kind="application_elsewhere")
    assert not told.exists()

    application_submit(application=application, by=application.applicant, at=clock.now())

    assert [email.to for email in told] == [own.email]
    assert REASON in email_body(told.get()).text
    client.force_login(theirs)
    page = client.get(hubs.address(Application.objects.get()))
    assertContains(page, REASON)
    client.force_login(own)
    assert client.get(hubs.address(application, hub=home)).status_code == 404


def test_home_hub_is_told_nothing_of_its_own_applicants(application: Application, home: MathsHub) -> None:
    UserFactory(hub_lead=home)
    application_submit(application=application, by=application.applicant, at=clock.now())
    assert not Email.objects.filter(kind="application_elsewhere").exists()


def test_hub_shows_no_reason_for_its_own_schools(client: Client, home: MathsHub) -> None:
    application = ApplicationFactory(state=State.COMPLETE, hub=home)
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    hubs.signed_in(client, hub_lead=home)
    assertNotContains(client.get(hubs.address(application)), "Home hub")

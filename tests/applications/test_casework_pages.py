"""The pages of screening, of who has a case, of notes and of saved views; and what each role reads there."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.duplicates import ELSEWHERE, duplicates
from applications.enums import NoteFor, ScreeningOutcome, State
from applications.models import Application, Note, SavedView
from applications.models.casework import CORRECTED_WITHIN
from applications.services.casework import case_give
from applications.services.saved_views import MOST, saved_view_save
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub
from tests.applications.hubs import address, signed_in
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, EligibilityOutcomeFactory
from tests.factories.casework import NoteFactory, SavedViewFactory, ScreeningFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db


def at_hub(name: str, application: Application, **more: Any) -> str:
    return reverse(name, kwargs={"hub": application.hub.slug, "reference": application.reference, **more})


# Screening


def test_screening_page_shows_what_was_said_beside_the_register(client: Client, application: Application) -> None:
    signed_in(client, hub_administrator=application.hub)
    school = application.school
    school.head_first_name, school.head_last_name = "Ada", "Fenn"
    school.save()
    EligibilityOutcomeFactory(application=application)
    Application.objects.update(eligibility="met")

    page = client.get(at_hub("hub_screening", application))

    assertContains(page, "The names differ")
    assertContains(page, "As answered on")
    assertContains(page, "Not screened")


def test_screening_is_saved_and_told_on_the_page_and_in_the_timeline(client: Client, application: Application) -> None:
    administrator = signed_in(client, hub_administrator=application.hub)
    path = at_hub("hub_screening", application)

    missing = client.post(path, {"outcome": "query", "query": ""})
    assertContains(missing, "Say what is to be cleared up")
    done = client.post(path, {"outcome": "query", "query": "The school has another head.", "said": "lost"})

    assertRedirects(done, f"{address(application)}#casework", fetch_redirect_response=False)
    screening = application.screenings.get()
    assert (screening.outcome, screening.note, screening.by) == (
        ScreeningOutcome.QUERY,
        "The school has another head.",
        administrator,
    )
    for role in ("hub_lead", "hub_administrator"):
        signed_in(client, **{role: application.hub})
        page = client.get(address(application))
        assertContains(page, "Screened: something is to be cleared up")
        assertContains(page, "The school has another head.")


def test_screening_page_is_for_those_who_run_the_hub_and_ncetm_reads(client: Client, application: Application) -> None:
    codes = {}
    for role in ("hub_lead", "hub_administrator", "hub_reviewer", "ncetm"):
        signed_in(client, **{role: True if role == "ncetm" else application.hub})
        path = at_hub("hub_screening", application)
        codes[role] = (client.get(path).status_code, client.post(path, {"outcome": "ok"}).status_code)

    assert codes == {
        "hub_lead": (200, 302),
        "hub_administrator": (200, 302),
        "hub_reviewer": (403, 403),
        "ncetm": (200, 403),
    }


def test_applicant_sees_nothing_of_casework(client: Client, application: Application) -> None:
    ScreeningFactory(application=application, query=True)
    NoteFactory(application=application, open=True)
    lead, colleague = UserFactory(hub_lead=application.hub), UserFactory(hub_lead=application.hub, first_name="Zebedee")
    case_give(application=application, by=lead, person=colleague)
    client.force_login(application.applicant)

    page = client.get(reverse("application_page", args=[application.reference]), follow=True)

    assert page.status_code == 200
    for words in ("register has another", "Spoke to the school", "Zebedee", "creen"):
        assertNotContains(page, words)


# One teacher, two addresses


@pytest.fixture
def twin(application: Application) -> Application:
    """The same name at the same school, under another address, in the same hub."""
    return ApplicationFactory(
        state=State.COMPLETE,
        hub=application.hub,
        school=application.school,
        applicant__first_name="SAM",
        applicant__last_name="okoro",
    )


def reasons(application: Application, user: User) -> dict[str, str]:
    return {row["reference"]: row["why"] for row in duplicates(application, user).rows}


def test_same_name_at_the_same_school_is_pointed_out(
    client: Client, application: Application, twin: Application
) -> None:
    signed_in(client, hub_administrator=application.hub)

    page = client.get(at_hub("hub_screening", application))

    assertContains(page, "This person may have applied twice.")
    assertContains(page, "The same name and school, under another email address.")
    assertContains(page, address(twin))


@pytest.mark.parametrize(
    ("one", "two", "why"),
    [
        ({"telephone": "07700 900 982"}, {"telephone": "+44 7700 900982"}, "telephone number"),
        ({"ncetm_username": "s.okoro"}, {"ncetm_username": "S.Okoro"}, "NCETM username"),
    ],
)
def test_same_telephone_or_username_is_pointed_out(
    application: Application, one: dict[str, str], two: dict[str, str], why: str
) -> None:
    lead = UserFactory(hub_lead=application.hub)
    User.objects.filter(pk=application.applicant_id).update(**one)
    other = ApplicationFactory(state=State.COMPLETE, hub=application.hub)
    application.refresh_from_db()
    assert reasons(application, lead) == {}

    User.objects.filter(pk=other.applicant_id).update(**two)

    assert reasons(application, lead) == {other.reference: f"The same {why}, under another email address"}


def test_the_same_person_in_another_round_is_pointed_out_while_it_is_live(application: Application) -> None:
    lead = UserFactory(hub_lead=application.hub)
    again = ApplicationFactory(state=State.SUBMITTED, hub=application.hub, applicant=application.applicant)
    assert reasons(application, lead) == {again.reference: "The same person, in another round"}

    Application.objects.filter(pk=again.pk).update(state=State.WITHDRAWN)

    assert reasons(application, lead) == {}


def test_drafts_and_other_people_are_no_duplicates(application: Application) -> None:
    lead = UserFactory(hub_lead=application.hub)
    same = {"applicant__first_name": "Sam", "applicant__last_name": "Okoro"}
    ApplicationFactory(state=State.DRAFT, hub=application.hub, school=application.school, **same)
    ApplicationFactory(state=State.COMPLETE, hub=application.hub, school=SchoolFactory(), **same)
    for each in User.objects.all():
        assert (each.telephone, each.ncetm_username) == ("", "")

    assert not duplicates(application, lead)


def test_of_another_hubs_application_only_that_there_is_one_is_said(
    client: Client, application: Application, twin: Application
) -> None:
    elsewhere = MathsHubFactory()
    Application.objects.filter(pk=twin.pk).update(hub=elsewhere, home_hub=elsewhere)
    signed_in(client, hub_lead=application.hub)
    page = client.get(at_hub("hub_screening", application))

    assertContains(page, ELSEWHERE)
    for words in (twin.reference, twin.applicant.email, elsewhere.name, "SAM"):
        assertNotContains(page, words)
    signed_in(client, ncetm=True)
    page = client.get(at_hub("hub_screening", application))
    assertNotContains(page, ELSEWHERE)
    assertContains(page, address(twin, hub=elsewhere))


# Case and notes


def test_case_is_given_on_its_page(client: Client, application: Application) -> None:
    lead = signed_in(client, hub_lead=application.hub)
    colleague = UserFactory(hub_reviewer=application.hub, first_name="Ada", last_name="Fenn")
    path = at_hub("hub_case", application)
    assertContains(client.get(path), f"{lead} (me)")
    assertContains(client.post(path, {"person": UserFactory().pk}), "Select somebody of the hub")

    client.post(path, {"person": colleague.pk})
    assertContains(client.get(address(application)), "Case given to Ada Fenn")
    client.post(path, {"person": "nobody"})

    assert not application.holders.current().exists()
    assertContains(client.get(address(application)), "Case no longer with Ada Fenn")
    assertContains(client.post(path, {"person": "nobody"}), "Nobody has this case.")


def test_note_is_written_and_corrected_on_its_page(client: Client, application: Application) -> None:
    signed_in(client, hub_reviewer=application.hub)
    assertContains(client.post(at_hub("hub_note_add", application), {"audience": "selection"}), "Write your note")
    client.post(at_hub("hub_note_add", application), {"text": "Ask about Mondays.", "audience": "selection"})
    note = Note.objects.get()
    assertContains(client.get(address(application)), "Ask about Mondays.")
    path = at_hub("hub_note", application, pk=note.pk)

    client.post(path, {"text": "Ask about Tuesdays."})
    page = client.get(address(application))
    assertContains(page, "Ask about Tuesdays.")
    assertContains(page, path)
    with time_machine.travel(clock.now() + CORRECTED_WITHIN + timedelta(seconds=1), tick=False):
        assertNotContains(client.get(address(application)), path)
        late = client.post(path, {"text": "Too late."})

    assertContains(late, "This note can no longer be corrected.")
    assertContains(late, "Too late.")


def test_administrator_writes_for_everyone_and_reads_no_more(client: Client, application: Application) -> None:
    NoteFactory(application=application, text="Scores are far apart.")
    NoteFactory(application=application, text="The post was late.", open=True)
    signed_in(client, hub_administrator=application.hub)

    page = client.get(address(application))
    assertContains(page, "The post was late.")
    assertNotContains(page, "far apart")
    assertNotContains(client.get(at_hub("hub_note_add", application)), "Leads and reviewers")
    client.post(at_hub("hub_note_add", application), {"text": "Rang the school.", "audience": "selection"})

    assert Note.objects.get(text="Rang the school.").audience == NoteFor.EVERYONE


def test_nobody_corrects_a_colleagues_note(client: Client, application: Application) -> None:
    mine = signed_in(client, hub_lead=application.hub)
    theirs = NoteFactory(application=application)

    assert client.get(at_hub("hub_note", application, pk=theirs.pk)).status_code == 403
    own = NoteFactory(application=application, by=mine)
    assert client.get(at_hub("hub_note", application, pk=own.pk)).status_code == 200


# Saved views


def views(client: Client, hub: MathsHub, query: str = "", name: str = "hub_application_list") -> list[str]:
    page = client.get(reverse(name, args=[hub.slug]) + query)
    return [view["name"] for view in page.context["saved"]["views"]]


def test_filters_in_force_are_saved_under_a_name(client: Client, hub: MathsHub) -> None:
    lead = signed_in(client, hub_lead=hub)
    ApplicationFactory(hub=hub, state=State.SUBMITTED)
    listing = reverse("hub_application_list", args=[hub.slug])
    page = client.get(f"{listing}?state=submitted&sort=-applicant&page=1&q=")
    save = page.context["saved"]["save"]
    form = client.get(save).context["form"]
    typed = {"name": "Waiting", "page": form["page"].value(), "query": form["query"].value()}

    done = client.post(reverse("hub_view_save", args=[hub.slug]), typed)

    assertRedirects(done, f"{listing}?state=submitted&sort=-applicant", fetch_redirect_response=False)
    assert SavedView.objects.get().user == lead
    [view] = client.get(done["Location"]).context["saved"]["views"]
    assert (view["name"], view["current"]) == ("Waiting", True)
    assert client.get(done["Location"]).context["saved"]["save"] == ""
    assert views(client, hub, name="hub_work") == []


def test_views_are_ones_own(client: Client, hub: MathsHub) -> None:
    other = SavedViewFactory(hub=hub, user=UserFactory(hub_lead=hub))
    mine = signed_in(client, hub_lead=hub)
    own = SavedViewFactory(hub=hub, user=mine)
    SavedViewFactory(user=mine)

    assert views(client, hub) == [own.name]
    codes = [client.get(reverse("hub_view", args=[hub.slug, each.pk])).status_code for each in (own, other)]
    assert codes == [200, 404]
    client.post(reverse("hub_view_delete", args=[hub.slug, other.pk]))
    assert SavedView.objects.filter(pk=other.pk).exists()


def test_view_is_renamed_and_deleted(client: Client, hub: MathsHub) -> None:
    mine = signed_in(client, hub_lead=hub)
    one, two = (SavedViewFactory(hub=hub, user=mine, name=name) for name in ("Mine", "Theirs"))
    path = reverse("hub_view", args=[hub.slug, one.pk])

    assertContains(client.post(path, {"name": "THEIRS"}), "You have a view called THEIRS already.")
    client.post(path, {"name": "Ours"})
    assert views(client, hub) == ["Ours", "Theirs"]
    delete = reverse("hub_view_delete", args=[hub.slug, two.pk])
    for words in ("“Theirs” is deleted.", "This view is deleted already."):
        assertContains(client.post(delete, follow=True), words)
    assert views(client, hub) == ["Ours"]


def test_only_a_few_views_and_no_two_of_a_name(hub: MathsHub) -> None:
    user = UserFactory(hub_lead=hub)

    def save(name: str, query: str = "q=a") -> str:
        try:
            saved_view_save(by=user, hub=hub, page="work", name=name, query=query)
        except DomainError as refusal:
            return refusal.code
        return ""

    assert [save("A"), save("a"), save("B", "page=2&q="), save("C", f"q={'x' * 600}")] == [
        "",
        "name-taken",
        "nothing",
        "too-long",
    ]
    assert [save(f"View {number}") for number in range(1, MOST + 1)] == [*[""] * (MOST - 1), "too-many"]
    assert SavedView.objects.count() == MOST


def test_lists_without_filters_have_nothing_to_save(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)

    for name in ("hub_application_list", "hub_work"):
        assert client.get(reverse(name, args=[hub.slug])).context["saved"] == {"views": [], "save": ""}

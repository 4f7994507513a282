"""Equality questions: optional, kept apart, changed and taken back by the applicant, and read by nobody else."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import Ethnicity, State
from applications.models import Application, EqualityAnswers
from applications.permissions import can_answer_equality
from applications.services.equality import equality_save
from mastery_hub.common.errors import DomainError
from tests.applications.applicants import url
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, EqualityAnswersFactory

pytestmark = pytest.mark.django_db
NOTHING = {"age_group": "", "sex": "", "ethnicity": "", "disability": ""}


@pytest.fixture
def application() -> Application:
    return ApplicationFactory(state=State.COMPLETE)


@pytest.fixture
def signed_in(client: Client, application: Application) -> Client:
    client.force_login(application.applicant)
    return client


@pytest.mark.parametrize("state", [state for state in State if state != State.DELETED])
def test_asked_of_the_applicant_once_submitted_and_of_nobody_else(state: State) -> None:
    application = ApplicationFactory(state=state)
    others = [UserFactory(), UserFactory(hub_lead=application.hub), UserFactory(ncetm=True)]

    assert can_answer_equality(application.applicant, application) == (application.submitted_at is not None)
    assert not any(can_answer_equality(user, application) for user in others)


def test_pages_after_submitting_lead_there(signed_in: Client, application: Application) -> None:
    place = url(application, "equality")

    assertContains(signed_in.get(url(application, "submitted")), place)
    assertContains(signed_in.get(url(application)), place)
    assertContains(signed_in.get(place), "nobody who considers your application sees them")


def test_draft_is_not_asked(client: Client) -> None:
    draft = ApplicationFactory()
    client.force_login(draft.applicant)

    assertNotContains(client.get(url(draft)), url(draft, "equality"))
    assertRedirects(client.get(url(draft, "equality")), url(draft))
    assertRedirects(client.post(url(draft, "equality"), {"sex": "female"}), url(draft))
    assert not EqualityAnswers.objects.exists()
    with pytest.raises(DomainError, match="once you have submitted"):
        equality_save(application=draft, by=draft.applicant, answers=NOTHING | {"sex": "male"})


def test_some_answers_are_kept_and_shown_again(signed_in: Client, application: Application) -> None:
    place = url(application, "equality")

    page = signed_in.post(place, {"sex": "female", "disability": "unsaid"}, follow=True)

    assertContains(page, "saved, apart from your application")
    kept = EqualityAnswers.objects.get(application=application)
    assert [kept.age_group, kept.sex, kept.ethnicity, kept.disability] == ["", "female", "", "unsaid"]
    assert signed_in.get(place).context["form"]["sex"].value() == "female"


def test_changed_answers_leave_no_trace(signed_in: Client, application: Application) -> None:
    signed_in.post(url(application, "equality"), {"sex": "female"})

    signed_in.post(url(application, "equality"), {"ethnicity": "asian"})

    kept = EqualityAnswers.objects.get(application=application)
    assert (kept.sex, kept.ethnicity) == ("", "asian")
    assert not hasattr(EqualityAnswers, "pgh_tracked_model")


@pytest.mark.parametrize("sent", [{"remove": "1", "sex": "female"}, {}])
def test_answers_are_taken_back(signed_in: Client, application: Application, sent: dict[str, str]) -> None:
    EqualityAnswersFactory(application=application, sex="female")

    assertRedirects(signed_in.post(url(application, "equality"), sent), url(application))

    assert not EqualityAnswers.objects.exists()


def test_what_is_no_choice_is_refused(signed_in: Client, application: Application) -> None:
    page = signed_in.post(url(application, "equality"), {"sex": "neither"})

    assertContains(page, "There is a problem")
    assert not EqualityAnswers.objects.exists()


def test_no_page_about_an_application_shows_them(client: Client, application: Application) -> None:
    """For whoever considers it; the words are nowhere else in the project."""
    EqualityAnswersFactory(application=application, ethnicity=Ethnicity.BLACK)
    hub = {"hub": application.hub.slug}
    places = [
        reverse("hub_application", kwargs={**hub, "reference": application.reference}),
        reverse("hub_application_list", kwargs=hub),
    ]
    roles = *({role: application.hub} for role in ("hub_lead", "hub_reviewer", "hub_administrator")), {"ncetm": True}

    for user in [UserFactory(**role) for role in roles]:
        client.force_login(user)
        for place in places:
            assertNotContains(client.get(place), Ethnicity.BLACK.label)
        assert client.get(url(application, "equality")).status_code == 404
        assert not EqualityAnswers.objects.visible_to(user).exists()
    assert EqualityAnswers.objects.visible_to(application.applicant).exists()

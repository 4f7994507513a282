"""Beginning an application: the document's version, the window to the microsecond, one live application a round."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import State
from applications.models import Application, Round
from applications.services.round_documents import information_document_publish
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, RoundFactory

pytestmark = pytest.mark.django_db


def start(round: Round) -> str:
    return reverse("application_start", kwargs={"code": round.code})


def confirmed(round: Round, **changed: Any) -> dict[str, Any]:
    return {"document": round.current_document.pk, "read": "on"} | changed


def test_start_shows_version_and_links(client: Client) -> None:
    round = RoundFactory(complete=True)
    version = round.current_document.version
    client.force_login(UserFactory())

    page = client.get(start(round))

    assertContains(page, f"I have read version {version} of the information document")
    assertContains(page, reverse("round_information_version", kwargs={"code": round.code, "version": version}))
    assertContains(page, f'<a class="govuk-link" href="{reverse("privacy")}">privacy notice</a>', html=True)


def test_start_signed_out_asks_to_sign_in(client: Client) -> None:
    round = RoundFactory(complete=True)

    assertRedirects(
        client.get(start(round)), f"{reverse('account_login')}?next={start(round)}", fetch_redirect_response=False
    )


def test_start_get_writes_nothing(client: Client) -> None:
    client.force_login(UserFactory())

    client.get(start(RoundFactory(complete=True)))

    assert Application.objects.count() == 0


def test_start_makes_draft_that_keeps_version(client: Client) -> None:
    round = RoundFactory(complete=True)
    user = UserFactory()
    client.force_login(user)

    response = client.post(start(round), confirmed(round))

    application = Application.objects.get()
    assertRedirects(response, application.get_absolute_url())
    assert (application.applicant, application.state, application.document) == (
        user,
        State.DRAFT,
        round.current_document,
    )


def test_start_without_tick_makes_nothing(client: Client) -> None:
    round = RoundFactory(complete=True)
    client.force_login(UserFactory())

    page = client.post(start(round), {"document": round.current_document.pk})

    assertContains(page, "Confirm that you have read the information document")
    assert Application.objects.count() == 0


def test_start_with_newer_version_shows_it(client: Client) -> None:
    round = RoundFactory(complete=True)
    client.force_login(UserFactory())
    old = confirmed(round)
    newer = information_document_publish(
        round=round, by=User.objects.system(), title="Information", body="New", changes="All of it"
    )

    page = client.post(start(round), old, follow=True)

    assertContains(page, "The information document has changed: read the new version first.")
    assertContains(page, f"I have read version {newer.version} of the information document")
    assert Application.objects.count() == 0


@pytest.mark.parametrize("document", ["", "abc", "0", "99999999999999999999"])
def test_start_with_wrong_document_is_no_error_page(client: Client, document: str) -> None:
    round = RoundFactory(complete=True)
    client.force_login(UserFactory())

    page = client.post(start(round), {"document": document, "read": "on"})

    assertContains(page, "There is a problem")
    assert Application.objects.count() == 0


def test_start_with_live_application_opens_it(client: Client) -> None:
    application = ApplicationFactory()
    client.force_login(application.applicant)

    for response in (
        client.get(start(application.round)),
        client.post(start(application.round), confirmed(application.round)),
    ):
        assertRedirects(response, application.get_absolute_url())
    assert Application.objects.count() == 1


def test_start_after_withdrawing_begins_another(client: Client) -> None:
    application = ApplicationFactory(state=State.WITHDRAWN)
    client.force_login(application.applicant)

    assertContains(client.get(start(application.round)), "Start your application")
    client.post(start(application.round), confirmed(application.round))

    assert Application.objects.filter(applicant=application.applicant, state=State.DRAFT).count() == 1


@pytest.mark.parametrize(
    ("moved", "made"),
    [
        (("opens_at", -1), 0),
        (("opens_at", 0), 1),
        (("closes_at", -1), 1),
        (("closes_at", 0), 0),
    ],
)
def test_start_at_edge_of_window(client: Client, moved: tuple[str, int], made: int) -> None:
    opens = clock.now() + timedelta(days=40)
    round = RoundFactory(complete=True, opens_at=opens.replace(microsecond=0), published_at=clock.now())
    name, microseconds = moved
    edge = getattr(round, name) + timedelta(microseconds=microseconds)

    with time_machine.travel(edge, tick=False):
        client.force_login(UserFactory())
        client.post(start(round), confirmed(round))

    assert Application.objects.count() == made


def test_start_before_opening_says_when(client: Client) -> None:
    round = RoundFactory(complete=True, opens_at=clock.now() + timedelta(days=3), published_at=clock.now())
    client.force_login(UserFactory())

    assertContains(client.get(start(round)), "Applications are not open yet")


def test_start_after_closing_says_so(client: Client) -> None:
    round = RoundFactory(complete=True, opens_at=clock.now() - timedelta(days=60))
    client.force_login(UserFactory())

    page = client.get(start(round))

    assertContains(page, "Applications have closed")
    assertNotContains(page, "Start your application")


def test_start_of_unpublished_round_is_404(client: Client) -> None:
    client.force_login(UserFactory())

    assert client.get(start(RoundFactory(complete=True, published_at=None))).status_code == 404


def test_start_without_document_is_not_open(client: Client) -> None:
    client.force_login(UserFactory())
    round = RoundFactory()

    assert client.get(start(round)).status_code == 200
    assertNotContains(client.post(start(round), {"read": "on"}), "Start your application")


def test_list_shows_own_applications_alone(client: Client) -> None:
    mine, other = ApplicationFactory(), ApplicationFactory()
    client.force_login(mine.applicant)

    page = client.get(reverse("application_list"))

    assertContains(page, mine.reference)
    assertNotContains(page, other.reference)


def test_list_of_hub_lead_leaves_out_hubs_applications(client: Client) -> None:
    theirs = ApplicationFactory(state=State.COMPLETE)
    client.force_login(UserFactory(hub_lead=theirs.hub))

    assertNotContains(client.get(reverse("application_list")), theirs.reference)


def test_empty_list_leads_to_open_rounds(client: Client) -> None:
    open_round, closed = RoundFactory(), RoundFactory(opens_at=clock.now() - timedelta(days=90))
    client.force_login(UserFactory())

    page = client.get(reverse("application_list"))

    assertContains(page, "You have not started an application.")
    assertContains(page, open_round.get_absolute_url())
    assertNotContains(page, closed.get_absolute_url())


def test_list_hides_proposal(client: Client) -> None:
    application = ApplicationFactory(state=State.OFFER_PROPOSED)
    client.force_login(application.applicant)

    page = client.get(reverse("application_list"))

    assertContains(page, "With the hub")
    assertNotContains(page, "roposed")

"""Contact details, changed from an application's page: the hub sees them, and emails go to the new address."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import ENDED, State
from applications.models import Application
from applications.services.selection import decision_propose, decision_release
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.sealing import unseal
from tests.applications.applicants import signed_in, url
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory

pytestmark = pytest.mark.django_db

DETAILS = {"first_name": "Rosa", "last_name": "Diaz", "telephone": "07700 900 982", "trn": "", "ncetm_username": ""}


def change(application: Application, name: str, back: str = "") -> str:
    return f"{reverse(name)}?{urlencode({'next': back or url(application)})}"


@pytest.mark.parametrize("state", sorted(set(State) - {State.DRAFT, State.DELETED}))
def test_page_leads_to_the_details_for_as_long_as_somebody_may_write(client: Client, state: State) -> None:
    application = signed_in(client, state=state)
    shown = client.get(url(application)).context["contact"]
    over = ENDED - {State.DEFERRED}  # whose place is kept is written to
    links = [] if state in over else [change(application, "account_email"), change(application, "account_details")]
    assert [row["href"] for row in shown] == links


def test_telephone_is_changed_there_and_back_and_the_hub_sees_it(client: Client) -> None:
    application = signed_in(client, state=State.COMPLETE)
    address = change(application, "account_details")
    assertContains(client.get(address), f'href="{url(application)}"')

    assertRedirects(client.post(address, DETAILS), url(application))

    client.force_login(UserFactory(hub_lead=application.hub))
    assertContains(client.get(reverse("hub_application", args=[application.hub.slug, application.reference])), "982")


def test_details_that_are_wrong_keep_the_way_back(client: Client) -> None:
    application = signed_in(client, state=State.COMPLETE)
    page = client.post(change(application, "account_details"), DETAILS | {"telephone": "12"})
    assertContains(page, "There is a problem")
    assertContains(page, f'href="{url(application)}"')


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_way_back_is_a_page_of_ours(client: Client, elsewhere: str) -> None:
    application = signed_in(client, state=State.COMPLETE)
    address = change(application, "account_details", elsewhere)
    assertNotContains(client.get(address), elsewhere)
    assertRedirects(client.post(address, DETAILS), "/account/")


def test_address_is_changed_there_and_back_and_letters_follow_it(client: Client) -> None:
    """What was sent before leads to the same page, whoever of the two addresses signs in."""
    lead = UserFactory(hub_lead=True)
    hub = lead.current_memberships[0].hub
    teacher = UserFactory(email="old@school.example")
    application = ApplicationFactory(state=State.COMPLETE, hub=hub, applicant=teacher)
    client.force_login(teacher)

    sent = client.post(change(application, "account_email"), {"email": "new@school.example"})
    page = client.get(sent.url)
    assert page.context["back"] == change(application, "account_email")
    [code] = unseal(Email.objects.filter(to="new@school.example").latest("pk").secrets).values()
    assertRedirects(client.post(sent.url, {"code": code}), url(application))

    decision_propose(application=application, by=lead, outcome="offer", feedback="")
    decision_release(application=application, by=lead)
    assert list(Email.objects.filter(kind="outcome_offer").values_list("to", flat=True)) == ["new@school.example"]
    assert type(teacher).objects.with_address("old@school.example") == teacher
    client.force_login(lead)
    assertContains(client.get(reverse("hub_application", args=[hub.slug, application.reference])), "new@school.example")

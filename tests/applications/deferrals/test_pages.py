"""The pages of a deferral: asked by the applicant, decided by a lead, read by others."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import ENDED, State
from applications.models import Deferral
from applications.services.deferrals import deferral_decide
from tests.applications.applicants import url
from tests.applications.deferrals.steps import ask, next_places
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, DeferralFactory, RoundFactory

pytestmark = pytest.mark.django_db
GRANT = {"answer": "grant", "reason": "With pleasure."}


def test_applicant_asks_and_takes_back_on_the_page(client: Client, application) -> None:
    client.force_login(application.applicant)
    assertContains(client.get(url(application)), url(application, "defer"))
    assertContains(client.get(url(application, "defer")), "the place that you have accepted is yours")
    assertContains(client.post(url(application, "defer"), {"reason": " "}), "Say why you want to begin later")

    page = client.post(url(application, "defer"), {"reason": "A child", "until": "2028"}, follow=True)

    assertContains(page, "It has not decided yet")
    assertContains(page, f"{application.hub} decides whether to keep a place")
    assertNotContains(page, "Ask to begin in the next cohort")
    assertRedirects(client.get(url(application, "defer")), url(application))
    back = client.post(url(application, "defer_back"), follow=True)
    assertContains(back, "You keep the place that you have accepted")
    assertContains(back, "Ask to begin in the next cohort")


@pytest.mark.parametrize("state", sorted(set(State) - {State.ACCEPTED, State.DELETED}))
def test_page_to_ask_leads_back_where_nothing_is_accepted(client: Client, state) -> None:
    application = ApplicationFactory(state=state)
    client.force_login(application.applicant)
    assertRedirects(client.get(url(application, "defer")), url(application))
    assert client.post(url(application, "defer"), {"reason": "A child"}).status_code == 200
    assert Deferral.objects.count() == 0
    assertNotContains(client.get(url(application)), url(application, "defer"))


def test_lead_decides_on_the_page_and_applicant_reads_where_it_is(client: Client, application, lead, hub) -> None:
    deferral = ask(application)
    page = reverse("hub_deferral", args=[hub.slug, deferral.pk])
    client.force_login(lead)
    assertContains(client.get(reverse("hub_home", args=[hub.slug])), "(1 to decide)")
    assertContains(client.get(reverse("hub_application", args=[hub.slug, application.reference])), page)
    assertContains(client.get(page), "is not set up yet")

    assertRedirects(client.post(page, GRANT), page)

    assertContains(client.post(page, GRANT), "Nothing was changed")
    assertContains(client.get(reverse("hub_home", args=[hub.slug])), "(1 to be taken up)")
    row = next_places(application, places=3)
    assertContains(client.get(page), "3 of 3 places left.")
    assertContains(client.post(reverse("hub_deferral_take_up", args=[hub.slug, deferral.pk]), follow=True), "is taken")
    assertNotContains(client.get(page), "Take the place up")
    client.force_login(application.applicant)
    status = client.get(url(application))
    assertContains(status, "Place kept for the next cohort")
    assertContains(status, f"Your place in {row.cohort} is taken.")
    assertContains(status, "With pleasure.")
    assert status.context["contact"] != []
    assertContains(client.get(url(application, "withdraw")), "Give up the place that is kept for you?")


def test_administrator_sees_how_a_request_stands_and_no_reason(client: Client, application, hub) -> None:
    """Which may be of somebody's health."""
    deferral = ask(application)
    client.force_login(UserFactory(hub_administrator=hub))
    page = reverse("hub_deferral", args=[hub.slug, deferral.pk])

    shown = client.get(reverse("hub_application", args=[hub.slug, application.reference]))

    assertContains(shown, "To decide")
    for secret in (page, "expecting a child"):
        assertNotContains(shown, secret)
    assert client.get(page).status_code == 404
    assert list(client.get(reverse("hub_deferral_list", args=[hub.slug])).context["table"].data) == []
    assertNotContains(client.get(reverse("hub_home", args=[hub.slug])), "Places kept for the next cohort")


@pytest.mark.parametrize("who", [{"hub_reviewer": True}, {"ncetm": True}])
def test_others_read_the_request_and_decide_nothing(client: Client, application, hub, who) -> None:
    deferral = ask(application)
    person = UserFactory(**{role: hub if role != "ncetm" else True for role in who})
    page = reverse("hub_deferral", args=[hub.slug, deferral.pk])
    client.force_login(person)

    assertContains(client.get(reverse("hub_home", args=[hub.slug])), "Places kept for the next cohort")
    assertContains(
        client.get(reverse("hub_application", args=[hub.slug, application.reference])), "I am expecting a child."
    )
    assertContains(client.get(page), "I am expecting a child.")
    assertNotContains(client.get(page), "Confirm your decision")
    assertContains(client.post(page, GRANT), "do not have permission")

    application.refresh_from_db()
    assert application.state == State.ACCEPTED


def test_own_request_is_not_found_by_a_lead_who_applied(client: Client, hub) -> None:
    lead = UserFactory(hub_lead=hub)
    deferral = DeferralFactory(application=ApplicationFactory(state=State.ACCEPTED, hub=hub, applicant=lead))
    client.force_login(lead)
    assert client.get(reverse("hub_deferral", args=[hub.slug, deferral.pk])).status_code == 404


def test_ncetm_lists_promises_and_is_told_of_them_where_places_are_set_up(
    client: Client, application, hub, lead
) -> None:
    deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    cohort = application.round.cohort
    coming = RoundFactory(complete=True, cohort__programme=cohort.programme, cohort__starts=cohort.starts + 1)
    client.force_login(UserFactory(ncetm=True))

    assertContains(client.get(reverse("national_deferral_list") + "?state=granted"), application.applicant.full_name)
    assertNotContains(client.get(reverse("national_deferral_list") + "?state=refused"), application.applicant.full_name)
    assertContains(client.get(reverse("national_round_places", args=[coming.code])), f"{hub.name}: 1")
    assertNotContains(client.get(reverse("national_round_places", args=[application.round.code])), "kept places")


def test_deferred_is_an_end_of_this_rounds_application() -> None:
    assert State.DEFERRED in ENDED

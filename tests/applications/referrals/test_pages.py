"""The pages of a referral: who finds which, and what stands on them."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import State
from applications.models import Application, Referral
from cohorts.models import HubPlaces
from mastery_hub.common import clock
from tests.applications.applicants import url
from tests.applications.hubs import STATEMENT, address
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    HeadteacherStatementFactory,
    HeadteacherSupportFactory,
    ReferralFactory,
    ReviewFactory,
    ScoreFactory,
)
from tests.factories.cohorts import HubPlacesFactory

pytestmark = pytest.mark.django_db
COMMENT = "Clear about fluency."


@pytest.fixture
def referral() -> Referral:
    """With answers, a statement and a score that could leak."""
    application = ApplicationFactory(state=State.RESERVED)
    support = HeadteacherSupportFactory(application=application, state="signed")
    HeadteacherStatementFactory(support=support, text=STATEMENT)
    criterion = application.terms.criteria.filter(shown="evidenced").first()
    review = ReviewFactory(application=application, submitted_at=clock.now())
    ScoreFactory(review=review, criterion=criterion, value=3, comment=COMMENT)
    referral = ReferralFactory(application=application)
    application.hub.neighbours.add(referral.to_hub)
    HubPlacesFactory(cohort=application.round.cohort, hub=referral.to_hub)
    return referral


def page(referral: Referral, name: str = "hub_referral", *, other: bool = False) -> str:
    hub = referral.to_hub if other else referral.from_hub
    return reverse(name, args=[hub.slug, referral.pk])


def of(client: Client, **role: object) -> Client:
    client.force_login(UserFactory(**role))
    return client


def test_from_asking_to_taking_on_by_hand(client: Client, referral: Referral) -> None:
    application, other = referral.application, referral.to_hub
    referral.delete()
    places = HubPlaces.objects.get(hub=other, cohort=application.round.cohort)
    of(client, hub_lead=application.hub)

    shown = client.get(address(application))
    assertContains(shown, address(application, "hub_refer"))
    form = client.get(address(application, "hub_refer"))
    assertContains(form, f"{places.left} of {places.places} places left")
    asked = client.post(address(application, "hub_refer"), {"to_hub": other.pk, "reason": "Strong."})
    made = Referral.objects.get()
    assertRedirects(asked, page(made))

    client.force_login(application.applicant)
    assertContains(client.get(url(application)), f"Say whether {other} may consider your application.")
    assertContains(client.get(url(application, "referral")), "Strong.")
    assertRedirects(client.post(url(application, "referral"), {"answer": "yes"}), url(application))
    told = client.get(url(application))
    assertContains(told, f"{other} reads your application and decides whether to take it on.")
    assertContains(told, f"You consented that {other} reads your application")

    of(client, hub_lead=other)
    done = client.post(page(made, other=True), {"answer": "accept", "reason": "Welcome."}, follow=True)
    assertContains(done, "The application is yours.")
    assertContains(client.get(address(Application.objects.get())), "Taken on by")

    client.force_login(application.applicant)
    after = client.get(url(application))
    assertContains(after, f"{other} has taken your application on and decides about it. This is not yet an offer.")
    assertContains(after, f"Your application was complete and went to {referral.from_hub}", count=0)
    assertContains(after, f"{other} took your application on")


@pytest.mark.parametrize("state", ["proposed", "asked", "refused", "taken_back", "lapsed", "declined", "dismissed"])
def test_other_hub_finds_nothing_before_consent_and_after_its_no(
    client: Client, referral: Referral, state: str
) -> None:
    application, other = referral.application, referral.to_hub
    referral.delete()
    referral = ReferralFactory(application=application, to_hub=other, state=state)
    of(client, hub_lead=other)

    assert client.get(address(application, hub=other)).status_code == 404
    assert client.get(page(referral, other=True)).status_code == (302 if state == "declined" else 404)
    listed = client.get(reverse("hub_referral_list", args=[other.slug]))
    assertNotContains(listed, application.applicant.last_name)
    assertNotContains(client.get(reverse("hub_work", args=[other.slug])), application.applicant.last_name)


def test_other_hubs_lead_reads_all_of_it_after_consent_and_works_on_nothing(client: Client, referral: Referral) -> None:
    application, other = referral.application, referral.to_hub
    Referral.objects.filter(pk=referral.pk).update(state="consented", consented_at=referral.asked_at)
    of(client, hub_lead=other)

    shown = client.get(address(application, hub=other))
    assertContains(shown, STATEMENT)
    assertContains(shown, COMMENT)
    assertContains(client.get(page(referral, other=True)), address(application, hub=other))
    assertContains(client.get(reverse("hub_referral_list", args=[other.slug])), application.applicant.last_name)
    assertNotContains(client.get(reverse("hub_application_list", args=[other.slug])), application.applicant.last_name)
    for name in ("hub_decision", "hub_review", "hub_release", "hub_take_back", "hub_refer"):
        assert client.get(address(application, name, hub=other)).status_code == 404, name


def test_reviewer_and_administrator_of_the_other_hub_find_nothing(client: Client, referral: Referral) -> None:
    application, other = referral.application, referral.to_hub
    Referral.objects.filter(pk=referral.pk).update(state="consented", consented_at=referral.asked_at)
    for role in ("hub_reviewer", "hub_administrator"):
        of(client, **{role: other})
        assert client.get(address(application, hub=other)).status_code == 404
        assert client.get(page(referral, other=True)).status_code == 404


def test_applicant_hears_nothing_of_what_ncetm_only_proposed(client: Client, referral: Referral) -> None:
    application, other = referral.application, referral.to_hub
    referral.delete()
    ReferralFactory(application=application, to_hub=other, state="proposed")
    client.force_login(application.applicant)

    assertNotContains(client.get(url(application)), str(other))
    assertRedirects(client.get(url(application, "referral")), url(application))


def test_applicant_says_no(client: Client, referral: Referral) -> None:
    client.force_login(referral.application.applicant)

    shown = client.post(url(referral.application, "referral"), {"answer": "no"}, follow=True)

    assertContains(shown, f"{referral.to_hub} does not see your application.")
    again = client.post(url(referral.application, "referral"), {"answer": "yes"}, follow=True)
    assertContains(again, "There is nothing to answer any more.")


def test_applicant_takes_the_consent_back(client: Client, referral: Referral) -> None:
    Referral.objects.filter(pk=referral.pk).update(state="consented", consented_at=referral.asked_at)
    client.force_login(referral.application.applicant)

    shown = client.post(url(referral.application, "referral_back"), follow=True)

    assertContains(shown, "You have taken your consent back.")
    referral.refresh_from_db()
    assert referral.state == "taken_back"


def test_hub_takes_it_back_and_a_second_click_is_told(client: Client, referral: Referral) -> None:
    of(client, hub_lead=referral.from_hub)
    assertContains(client.get(page(referral)), "Take the referral back")

    assertContains(client.post(page(referral, "hub_referral_take_back"), follow=True), "The referral is taken back.")
    assertContains(client.post(page(referral, "hub_referral_take_back"), follow=True), "Nothing was changed")


def test_what_was_typed_stays_when_somebody_was_faster(client: Client, referral: Referral) -> None:
    Referral.objects.filter(pk=referral.pk).update(state="consented", consented_at=referral.asked_at)
    HubPlaces.objects.filter(hub=referral.to_hub).update(places=0)
    of(client, hub_lead=referral.to_hub)

    shown = client.post(page(referral, other=True), {"answer": "accept", "reason": "We know their school."})

    assertContains(shown, "has no place left at the moment")
    assertContains(shown, "We know their school.")


def test_declining_leads_back_to_the_list(client: Client, referral: Referral) -> None:
    Referral.objects.filter(pk=referral.pk).update(state="consented", consented_at=referral.asked_at)
    of(client, hub_lead=referral.to_hub)

    done = client.post(page(referral, other=True), {"answer": "decline", "reason": "No time."})

    assertRedirects(done, reverse("hub_referral_list", args=[referral.to_hub.slug]))
    assertContains(client.get(page(referral, other=True), follow=True), "not with your hub any more")


def test_page_says_that_a_referral_has_gone_only_to_those_who_had_it(client: Client, referral: Referral) -> None:
    Referral.objects.filter(pk=referral.pk).update(state="taken_back")
    of(client, hub_lead=referral.to_hub)
    assert client.get(page(referral, other=True)).status_code == 404  # nobody had consented
    Referral.objects.filter(pk=referral.pk).update(consented_at=referral.asked_at)
    assert client.get(page(referral, other=True)).status_code == 302

    of(client, hub_reviewer=referral.to_hub)

    assert client.get(page(referral, other=True)).status_code == 404


def test_referral_waits_in_the_work_list_of_whoever_answers(client: Client, referral: Referral) -> None:
    Referral.objects.filter(pk=referral.pk).update(state="consented", consented_at=referral.asked_at)
    of(client, hub_lead=referral.to_hub)

    shown = client.get(reverse("hub_work", args=[referral.to_hub.slug]))

    assertContains(shown, "Referral to answer")
    assertContains(shown, page(referral, other=True))

"""What follows a change of school, and the pages that show it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import WithdrawalReason
from applications.models import Round, SchoolChange, SubjectLeaderSupport
from applications.reminders import after_moving, new_schools
from applications.services.renewals import renewal_remind
from applications.services.withdrawal import application_withdraw
from mastery_hub.common import clock
from tests.applications.applicants import url
from tests.applications.school_changes.steps import AGREE, ask, decide
from tests.factories.applications import EligibilityQuestionFactory
from tests.factories.cohorts import HubPlacesFactory

pytestmark = pytest.mark.django_db


def test_new_head_is_reminded_after_a_week_and_two(application, school, lead) -> None:
    decide(ask(application, school), lead, AGREE)
    renewal = new_schools().get()
    asked = clock.london(renewal.asked_at).date()
    assert [clock.london(m.due_at).date() - asked for m in after_moving(renewal)] == [timedelta(7), timedelta(14)]
    before = renewal.token_hash

    email = renewal_remind(renewal=renewal)

    renewal.refresh_from_db()
    assert (email.kind, email.to, renewal.token_hash != before) == ("renewal_requested", renewal.email, True)
    application.refresh_from_db()
    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)
    assert list(new_schools()) == []


def test_applicant_reads_where_it_is_until_the_new_head_has_signed(client: Client, application, school, lead) -> None:
    client.force_login(application.applicant)
    assertContains(client.get(url(application)), url(application, "school_change"))
    assertContains(client.get(url(application, "school_change")), "your place is held while your hub decides")
    ask(application, school)

    page = client.get(url(application))

    assertContains(page, "decides whether you take the place along to")
    assertNotContains(page, "Change your school")
    assertRedirects(client.get(url(application, "school_change")), url(application))
    decide(SchoolChange.objects.get(), lead, AGREE)
    assertContains(client.get(url(application)), "Your place is held, subject to this pledge.")


def test_form_asks_for_everything_that_hangs_on_the_school(client: Client, application) -> None:
    EligibilityQuestionFactory(terms=application.terms, key="days", least=3, text="How many days?")
    client.force_login(application.applicant)

    errors = client.post(url(application, "school_change"), {}).context["form"].errors

    wanted = {"school", "from_on", "job_title", "first_name", "last_name", "email", "rule-days"}
    assert (set(errors), SchoolChange.objects.count()) == (wanted, 0)


@pytest.mark.parametrize("asks", [True, False])
def test_new_subject_leader_is_not_asked_and_both_pages_say_so(
    client: Client, application, hub, lead, school, asks
) -> None:
    Round.objects.filter(pk=application.round_id).update(asks_subject_leader=asks)
    words = ("Nobody asks the subject leader of your new school", "The subject leader of the new school is not asked")
    client.force_login(application.applicant)
    own = client.get(url(application, "school_change"))
    change = ask(application, school)
    client.force_login(lead)
    theirs = client.get(reverse("hub_school_change", args=[hub.slug, change.pk]))

    decide(change, lead, AGREE)

    said = [sentence in page.content.decode() for page, sentence in zip((own, theirs), words, strict=True)]
    assert said == [asks, asks]
    assert not SubjectLeaderSupport.objects.exists()
    if asks:
        assertContains(theirs, f"is the one from {change.school_before}")


def test_taken_back_on_the_page(client: Client, application, school) -> None:
    ask(application, school)
    client.force_login(application.applicant)
    page = client.post(url(application, "school_change_back"), follow=True)
    assertContains(page, "You keep your place at your present school")


def test_two_hubs_decide_one_after_the_other(client: Client, application, hub, new_hub, lead, new_lead, school) -> None:
    HubPlacesFactory(cohort=application.round.cohort, hub=new_hub)
    change = ask(application, school)
    ours = reverse("hub_school_change", args=[hub.slug, change.pk])
    theirs = reverse("hub_school_change", args=[new_hub.slug, change.pk])
    page = reverse("hub_application", args=[new_hub.slug, application.reference])
    client.force_login(new_lead)
    assert client.get(theirs).status_code == 404
    client.force_login(lead)
    assertContains(client.get(reverse("hub_home", args=[hub.slug])), "(1 to decide)")
    assertContains(client.get(ours), "Ask the new school’s hub to take them")
    assertNotContains(client.get(ours), "Take them, with one of our places")

    client.post(ours, {"answer": "hand_on", "reason": "It is in their area."})

    assertNotContains(client.get(ours), "Confirm your decision")
    client.force_login(new_lead)
    assertContains(client.get(reverse("hub_home", args=[new_hub.slug])), "(1 to decide)")
    assertNotContains(client.get(theirs), page)
    assertRedirects(client.post(theirs, {"answer": "take", "reason": "Welcome."}), theirs)
    assertContains(client.get(theirs), page)
    assertContains(client.post(theirs, {"answer": "take", "reason": "Welcome."}), "Nothing was changed")

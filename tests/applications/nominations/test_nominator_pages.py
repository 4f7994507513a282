"""The pages of nominating: what they show, to whom, and how far whoever was nominated has come."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import State
from applications.models import Application, Nomination, Round
from applications.presenters.nominations import progress
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import AnswerFactory, ApplicationFactory, NominationFactory, RoundFactory

pytestmark = pytest.mark.django_db


def sent(school: School, **changed: str) -> dict[str, Any]:
    given = {"first_name": "Sam", "last_name": "Okoro", "email": "sam@school.example", "reason": "The best"}
    return given | {"school": school.pk, "role": "Head of maths"} | changed


# Nominating


def test_round_page_leads_to_nominating(client: Client, round: Round) -> None:
    path = reverse("nominate", args=[round.code])
    assertContains(client.get(round.get_absolute_url()), path)
    assertNotContains(client.get(RoundFactory(complete=True).get_absolute_url()), "Nominate a teacher")
    assert client.get(path).url.startswith("/account/sign-in/")


def test_member_of_staff_nominates_and_sees_how_far_it_has_come(client: Client, round: Round, school: School) -> None:
    client.force_login(UserFactory())
    path = reverse("nominate", args=[round.code])
    form = client.get(path).context["form"]
    assert list(form.fields) == ["school", "role", "first_name", "last_name", "email", "reason"]

    response = client.post(path, sent(school))

    made = Nomination.objects.get()
    assertRedirects(response, made.get_absolute_url())
    assertContains(client.get(made.get_absolute_url()), "Invited")
    assertContains(client.get("/nominations/"), "Sam Okoro")
    assertContains(client.get("/"), made.get_absolute_url())


def test_new_nominator_is_asked_for_their_name(client: Client, round: Round, school: School) -> None:
    client.force_login(UserFactory(first_name="", last_name=""))
    path = reverse("nominate", args=[round.code])

    page = client.post(path, {})

    assert list(page.context["form"].errors) == [
        "own_first_name",
        "own_last_name",
        "school",
        "role",
        "first_name",
        "last_name",
        "email",
        "reason",
    ]


@pytest.mark.parametrize("name", ["Win at www.example.org", "Call 0800 123"])
def test_name_carries_no_advertisement(client: Client, round: Round, school: School, name: str) -> None:
    client.force_login(UserFactory())
    path = reverse("nominate", args=[round.code])

    page = client.post(path, sent(school, first_name=name))

    assert "first_name" in page.context["form"].errors
    assert Nomination.objects.count() == Email.objects.count() == 0


def test_refusal_of_the_service_stands_at_its_field(client: Client, round: Round, school: School) -> None:
    by = UserFactory()
    client.force_login(by)
    path = reverse("nominate", args=[round.code])

    page = client.post(path, sent(school, email=by.email))

    assert list(page.context["form"].errors) == ["email"]
    assertContains(page, "You cannot nominate yourself")


def test_closed_round_is_no_longer_nominated_for(client: Client, round: Round) -> None:
    client.force_login(UserFactory())
    Round.objects.update(closes_at=clock.now())
    assertRedirects(client.get(reverse("nominate", args=[round.code])), round.get_absolute_url())


# Afterwards


def test_nominator_sees_progress_and_never_content(client: Client, invited: Nomination) -> None:
    client.force_login(invited.nominated_by)
    teacher = UserFactory(email=invited.email)
    Nomination.objects.update(state="accepted", nominee=teacher, answered_at=clock.now())
    application = ApplicationFactory(round=invited.round, applicant=teacher, nomination=invited, state=State.COMPLETE)
    AnswerFactory(application=application, text="My secret answer")
    Application.objects.update(state=State.OFFER_PROPOSED)

    page = client.get(invited.get_absolute_url())

    assertContains(page, "With the hub")
    assertNotContains(page, "My secret answer")
    assertNotContains(page, "proposed")
    assert client.get(application.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (State.DRAFT, "Writing"),
        (State.SUBMITTED, "Sent"),
        (State.COMPLETE, "With the hub"),
        (State.OFFER_PROPOSED, "With the hub"),
        (State.UNSUCCESSFUL_PROPOSED, "With the hub"),
        (State.OFFERED, "Place offered"),
        (State.UNSUCCESSFUL, "Unsuccessful"),
        (State.WITHDRAWN, "Withdrawn"),
        (State.EXPIRED, "Not submitted in time"),
        (State.DELETED, "Accepted"),
    ],
)
def test_progress_is_what_the_applicant_knows(state: str, told: str) -> None:
    nomination = NominationFactory(state="accepted")
    ApplicationFactory(applicant=nomination.nominee, round=nomination.round, nomination=nomination, state=state)

    assert progress(nomination, nomination.nominated_by)["text"] == told


@pytest.mark.parametrize(
    ("state", "told", "elsewhere"),
    [
        (State.DRAFT, "Writing", "Writing"),
        (State.EXPIRED, "Not submitted in time", "Not submitted in time"),
        (State.SUBMITTED, "Sent", "With another hub"),
        (State.OFFERED, "Place offered", "With another hub"),
        (State.UNSUCCESSFUL, "Unsuccessful", "With another hub"),
    ],
)
def test_what_becomes_of_it_in_another_hub_is_not_told_here(
    client: Client, hub: MathsHub, state: str, told: str, elsewhere: str
) -> None:
    nomination = NominationFactory(state="accepted", home_hub=hub)
    application = ApplicationFactory(
        applicant=nomination.nominee, round=nomination.round, nomination=nomination, state=state
    )
    here, there = UserFactory(hub_lead=hub), UserFactory(hub_lead=application.hub)
    people = [nomination.nominated_by, UserFactory(ncetm=True), there, here]

    assert [progress(nomination, each)["text"] for each in people] == [told, told, told, elsewhere]
    client.force_login(here)
    for path in (reverse("hub_nomination_list", args=[hub.slug]), nomination.get_absolute_url()):
        assertContains(client.get(path), elsewhere)


def test_reason_for_declining_is_for_the_nominator_alone(client: Client, invited: Nomination, hub: MathsHub) -> None:
    Nomination.objects.update(
        state="declined", nominee=UserFactory(), answered_at=clock.now(), decline_reason="My health"
    )
    for person, seen in (
        (invited.nominated_by, True),
        (UserFactory(hub_lead=hub), False),
        (UserFactory(ncetm=True), False),
    ):
        client.force_login(person)
        page = client.get(invited.get_absolute_url())
        assertContains(page, "Answered on")
        assert ("My health" in page.content.decode()) is seen


def test_nominating_again_is_for_whoever_manages_it(client: Client, invited: Nomination, hub: MathsHub) -> None:
    ours = NominationFactory(round=invited.round, home_hub=hub, by_hub=True, nominated_by=UserFactory(hub_lead=hub))
    Nomination.objects.update(state="lapsed")
    lead = UserFactory(hub_lead=hub)
    paths = {
        "school": reverse("nominate", args=[invited.round.code]),
        "hub": reverse("hub_nominate", args=[hub.slug, invited.round.code]),
    }
    for person, nomination, offered in (
        (invited.nominated_by, invited, "school"),
        (lead, invited, None),
        (lead, ours, "hub"),
        (UserFactory(hub_reviewer=hub), ours, None),
    ):
        client.force_login(person)
        page = client.get(nomination.get_absolute_url()).content.decode()
        assert [name for name, path in paths.items() if f'href="{path}"' in page] == ([offered] if offered else [])


def test_lead_who_has_left_sees_the_hubs_nominations_no_more(client: Client, hub: MathsHub) -> None:
    left, gone = UserFactory(), NominationFactory(by_hub=True, home_hub=hub)
    Nomination.objects.update(nominated_by=left)
    own = NominationFactory(nominated_by=left)
    client.force_login(left)

    assert client.get(gone.get_absolute_url()).status_code == 404
    home = client.get("/")
    assertContains(home, own.get_absolute_url())
    assertNotContains(home, f'"{gone.get_absolute_url()}"')


def test_whoever_begins_again_is_shown_with_what_is_live() -> None:
    nomination = NominationFactory(state="accepted")
    given = {"applicant": nomination.nominee, "round": nomination.round, "nomination": nomination}
    ApplicationFactory(**given, state=State.DRAFT, started_at=clock.now() - timedelta(days=2))
    ApplicationFactory(**given, state=State.DELETED)

    assert progress(nomination, nomination.nominated_by)["text"] == "Writing"


def test_nominator_corrects_sends_again_and_withdraws(client: Client, invited: Nomination, time_machine: Any) -> None:
    client.force_login(invited.nominated_by)
    page = invited.get_absolute_url()
    assertNotContains(client.get(page), "Send the link again")

    data = {"first_name": "Sam", "last_name": "Okoro", "email": "right@school.example"}
    assertRedirects(client.post(f"{page}correct/", data), page)
    assertContains(client.get(page), "right@school.example")

    time_machine.move_to(clock.now() + timedelta(days=6))
    client.force_login(invited.nominated_by)
    assertContains(client.get(page), "Send the link again")
    client.post(f"{page}send-again/")
    assert Email.objects.get(kind="nomination_reminder").to == "right@school.example"

    assertContains(client.get(f"{page}withdraw/"), "works no more")
    client.post(f"{page}withdraw/")
    invited.refresh_from_db()
    assert invited.state == "withdrawn"
    assertRedirects(client.get(f"{page}withdraw/"), page)
    assertContains(client.post(f"{page}withdraw/"), "Nothing was changed")


def test_people_of_the_hub_read_a_schools_nomination_and_change_nothing(
    client: Client, invited: Nomination, hub: MathsHub
) -> None:
    client.force_login(UserFactory(hub_lead=hub))
    page = invited.get_absolute_url()

    assertContains(client.get(page), "She is the best")
    assertNotContains(client.get(page), "Withdraw the nomination")
    client.post(f"{page}withdraw/")
    invited.refresh_from_db()
    assert invited.state == "invited"


def test_hub_lists_nominations_and_leads_nominate(client: Client, invited: Nomination, hub: MathsHub) -> None:
    elsewhere = NominationFactory(round=invited.round, last_name="Elsewhere")
    client.force_login(UserFactory(hub_lead=hub))
    path = reverse("hub_nomination_list", args=[hub.slug])

    page = client.get(path)
    assertContains(page, "Sam Okoro")
    assertNotContains(page, elsewhere.full_name)
    assertContains(client.get(reverse("hub_application_list", args=[hub.slug])), path)
    assertContains(client.get(f"{path}?q=okoro&state=invited"), "Sam Okoro")
    assertNotContains(client.get(f"{path}?q=moss"), "Sam Okoro")

    data = {"first_name": "Ada", "last_name": "Bell", "email": "ada@school.example", "reason": "Strong"}
    client.post(reverse("hub_nominate", args=[hub.slug, invited.round.code]), data)
    assert Nomination.objects.get(hub=hub).full_name == "Ada Bell"


def test_reviewers_see_the_list_and_nominate_nobody(client: Client, invited: Nomination, hub: MathsHub) -> None:
    client.force_login(UserFactory(hub_reviewer=hub))

    page = client.get(reverse("hub_nomination_list", args=[hub.slug]))
    assertNotContains(page, "Nominate a teacher")
    assert client.get(reverse("hub_nominate", args=[hub.slug, invited.round.code])).status_code == 403


def test_hub_reads_on_an_application_who_nominated(client: Client, hub: MathsHub) -> None:
    nomination = NominationFactory(state="accepted", reason="She is the best", home_hub=hub)
    given = {"applicant": nomination.nominee, "round": nomination.round, "nomination": nomination}
    application = ApplicationFactory(hub=hub, state=State.COMPLETE, **given)
    client.force_login(UserFactory(hub_lead=hub))

    page = client.get(reverse("hub_application", args=[hub.slug, application.reference]))

    assertContains(page, nomination.nominator)
    assertContains(page, "She is the best")

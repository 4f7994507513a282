"""The pages of being nominated: no GET answers anything, and accepting begins the application."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.models import Application, Nomination, Round
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.reminders import reminders_plan, reminders_send
from tests.factories.accounts import UserFactory
from tests.factories.applications import ExtensionFactory, NominationFactory
from tests.factories.directory import SchoolFactory

pytestmark = pytest.mark.django_db


def test_link_opens_nothing_and_shows_who_nominates(client: Client, invited: Nomination) -> None:
    before = Nomination.objects.values().get()
    page = client.get("/nominated/the-token/", follow=True)

    assertContains(page, invited.nominator)
    assertContains(page, "She is the best")
    assertContains(page, reverse("application_start", args=[invited.round.code]))
    assert Nomination.objects.values().get() == before


def test_unknown_link_says_so(client: Client, invited: Nomination) -> None:
    assert client.get("/nominated/no-such/", follow=True).status_code == 410
    assert client.get("/nominated/").status_code == 410


def test_nominee_declines_without_an_account(client: Client, invited: Nomination) -> None:
    client.get("/nominated/the-token/")
    assert list(client.post("/nominated/decline/", {"reason": ""}).context["form"].errors) == ["reason"]

    page = client.post("/nominated/decline/", {"reason": "Not now"}, follow=True)

    invited.refresh_from_db()
    assert invited.state == "declined"
    assertContains(page, "You have declined this nomination")
    late = client.post("/nominated/decline/", {"reason": "My second thoughts"})
    assertContains(late, "My second thoughts", status_code=409)


@pytest.mark.parametrize(("state", "words"), [("withdrawn", "withdrawn"), ("lapsed", "The time to answer has passed")])
def test_link_of_what_has_ended_says_why(client: Client, invited: Nomination, state: str, words: str) -> None:
    Nomination.objects.update(state=state)
    assertContains(client.get("/nominated/the-token/", follow=True), words, status_code=410)


def test_nominee_who_is_signed_in_declines_without_the_link(client: Client, invited: Nomination) -> None:
    teacher = UserFactory(email="sam@home.example")
    teacher.emailaddress_set.create(email=invited.email, verified=True)
    client.force_login(teacher)
    path = reverse("nominee_decline", args=[invited.pk])
    for page in ("/", reverse("application_start", args=[invited.round.code])):
        assertContains(client.get(page), path)
    assert list(client.post(path, {"reason": " "}).context["form"].errors) == ["reason"]

    page = client.post(path, {"reason": "Not this year"}, follow=True)

    invited.refresh_from_db()
    assert (invited.state, invited.decline_reason, invited.nominee) == ("declined", "Not this year", teacher)
    assertRedirects(page, "/")
    assertContains(page, "You have declined the nomination")
    assertNotContains(page, path)
    assert Email.objects.get(kind="nomination_declined").to == invited.nominated_by.email
    assertContains(client.get(path), "You have declined this nomination")
    assertContains(client.post(path, {"reason": "My second thoughts"}), "My second thoughts", status_code=409)


@pytest.mark.parametrize("who", ["unproven", "nominator", "lead", "ncetm", "stranger"])
def test_nobody_else_declines_it(client: Client, invited: Nomination, hub: MathsHub, who: str) -> None:
    people = {
        "unproven": lambda: UserFactory(email=invited.email, proven=False),
        "nominator": lambda: invited.nominated_by,
        "lead": lambda: UserFactory(hub_lead=hub),
        "ncetm": lambda: UserFactory(ncetm=True),
        "stranger": UserFactory,
    }
    client.force_login(people[who]())
    path = reverse("nominee_decline", args=[invited.pk])

    answers = [client.get(path).status_code, client.post(path, {"reason": "Not now"}).status_code]

    invited.refresh_from_db()
    assert (answers, invited.state) == ([404, 404], "invited")


def test_nomination_of_oneself_at_an_address_proven_since_is_not_declined(client: Client, invited: Nomination) -> None:
    invited.nominated_by.emailaddress_set.create(email=invited.email, verified=True)
    client.force_login(invited.nominated_by)

    assert client.post(reverse("nominee_decline", args=[invited.pk]), {"reason": "Not now"}).status_code == 404


@pytest.mark.parametrize(("days", "status"), [(29, 302), (30, 409)])
def test_declining_signed_in_ends_with_the_link(client: Client, invited: Nomination, days: int, status: int) -> None:
    Nomination.objects.update(sent_at=clock.now() - timedelta(days=days))
    client.force_login(UserFactory(email=invited.email))

    page = client.post(reverse("nominee_decline", args=[invited.pk]), {"reason": "My words"})

    invited.refresh_from_db()
    assert (page.status_code, invited.state) == (status, "declined" if days < 30 else "invited")


def test_nominee_signs_in_accepts_and_writes(client: Client, invited: Nomination, school: School) -> None:
    client.force_login(UserFactory(email=invited.email))
    path = reverse("application_start", args=[invited.round.code])
    page = client.get(path)
    assertContains(page, "By starting your application you accept")
    assertContains(client.get("/"), path)

    data = {"document": invited.round.current_document.pk, "read": "on", "nomination": invited.pk}
    assert client.post(path, {**data, "read": ""}).status_code == 200
    invited.refresh_from_db()
    assert invited.state == "invited"

    client.post(path, data)
    application = Application.objects.get()
    assert (application.school, application.nomination) == (school, invited)
    assertRedirects(client.get(path), application.get_absolute_url())


def test_what_was_not_shown_is_not_accepted(client: Client, invited: Nomination) -> None:
    """Another nomination, to an address of the same person, came while the page was open."""
    teacher = UserFactory(email=invited.email)
    teacher.emailaddress_set.create(email="sam@home.example", verified=True)
    client.force_login(teacher)
    path = reverse("application_start", args=[invited.round.code])
    assertContains(client.get(path), invited.nominator)
    given = {"round": invited.round, "school": invited.school, "home_hub": invited.home_hub}
    newer = NominationFactory(**given, email="sam@home.example", nominated_by=UserFactory(last_name="Newer"))
    data = {"document": invited.round.current_document.pk, "read": "on"}

    for shown in ({}, {"nomination": invited.pk}, {"nomination": "9" * 400}):
        page = client.post(path, data | shown, follow=True)
        assertContains(page, "Read it again before you start")
        assertContains(page, newer.nominator)
    assert not Application.objects.exists()
    client.post(path, data | {"nomination": newer.pk})
    assert Application.objects.get().nomination == newer


def test_nomination_that_is_in_time_is_offered_before_one_that_is_not(client: Client, invited: Nomination) -> None:
    teacher = UserFactory(email=invited.email)
    teacher.emailaddress_set.create(email="sam@home.example", verified=True)
    other = NominationFactory(round=invited.round, email="sam@home.example")
    Nomination.objects.filter(pk=other.pk).update(sent_at=clock.now() + timedelta(minutes=1))
    ExtensionFactory(round=invited.round, hub=invited.home_hub)
    Round.objects.update(closes_at=clock.now() - timedelta(minutes=1))
    client.force_login(teacher)

    page = client.get(reverse("application_start", args=[invited.round.code]))

    assertContains(page, invited.nominator)


def test_accepting_one_ends_the_asking_for_another(client: Client, invited: Nomination, time_machine: Any) -> None:
    teacher = UserFactory(email=invited.email)
    teacher.emailaddress_set.create(email="sam@home.example", verified=True)
    NominationFactory(round=invited.round, email="sam@home.example", school=SchoolFactory(name="Moorside School"))
    client.force_login(teacher)
    assertContains(client.get("/"), "Moorside School")
    Nomination.objects.filter(pk=invited.pk).update(state="accepted", nominee=teacher, answered_at=clock.now())

    assertNotContains(client.get("/"), "Moorside School")
    time_machine.move_to(clock.now() + timedelta(days=8))
    reminders_plan()
    reminders_send()
    assert not Email.objects.filter(kind="nomination_reminder").exists()


def test_hubs_own_time_counts_for_its_nominees(client: Client, round: Round, hub: MathsHub, school: School) -> None:
    """They are reminded until it ends, and begin by saying which school."""
    made = NominationFactory(round=round, by_hub=True, home_hub=hub)
    given = ExtensionFactory(round=round, hub=hub)
    assert made.closes_at == given.closes_at
    Round.objects.update(closes_at=clock.now() - timedelta(minutes=1))
    client.force_login(UserFactory(email=made.email))
    path = reverse("application_start", args=[round.code])
    assertContains(client.get(path), "Which school do you work in?")

    data = {"document": round.current_document.pk, "read": "on", "nomination": made.pk, "school": school.pk}
    client.post(path, data)
    assert Application.objects.get().school == school


def test_whoever_is_not_nominated_reads_how_to_be(client: Client, round: Round) -> None:
    person = UserFactory()
    client.force_login(person)
    path = reverse("application_start", args=[round.code])

    for page in (client.get(path), client.post(path, {"document": round.current_document.pk, "read": "on"})):
        assertContains(page, "You have to be nominated first")
        assertContains(page, reverse("round_send", args=[round.code]))
        assertContains(page, person.email)
    assert Application.objects.count() == 0


def test_expired_nomination_says_whom_to_ask(client: Client, invited: Nomination) -> None:
    Nomination.objects.update(sent_at=clock.now() - timedelta(days=30))
    client.force_login(UserFactory(email=invited.email))

    page = client.get(reverse("application_start", args=[invited.round.code]))

    assertContains(page, "Ask them to nominate you again")


def test_nominator_cannot_begin_by_their_own_nomination(client: Client, invited: Nomination) -> None:
    client.force_login(invited.nominated_by)
    page = client.get(reverse("application_start", args=[invited.round.code]))
    assertContains(page, "You have to be nominated first")

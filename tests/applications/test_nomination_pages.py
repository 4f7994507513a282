"""The pages of nominating, and of being nominated: what they show, to whom, and that no GET answers anything."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import State
from applications.models import Application, Nomination, Round
from applications.presenters.nominations import progress
from applications.services.round_copy import round_copy
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.reminders import reminders_plan, reminders_send
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    AnswerFactory,
    ApplicationFactory,
    ExtensionFactory,
    NominationFactory,
    RoundFactory,
)
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory
from tests.factories.messaging import EmailFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> MathsHub:
    return MathsHubFactory()


@pytest.fixture
def school(hub: MathsHub) -> School:
    return SchoolFactory(in_hub=hub)


@pytest.fixture
def round(hub: MathsHub) -> Round:
    round = RoundFactory(complete=True, by_nomination=True)
    HubPlacesFactory(cohort=round.cohort, hub=hub)
    return round


@pytest.fixture
def invited(round: Round, school: School, hub: MathsHub) -> Nomination:
    return NominationFactory(round=round, school=school, home_hub=hub, token="the-token", reason="She is the best")


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


# The nominee


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


# Reminders


def test_nominee_is_reminded_until_they_answer(time_machine: Any) -> None:
    start = clock.london(clock.now()).replace(hour=10, minute=0, second=0, microsecond=0)
    time_machine.move_to(start, tick=False)
    round = RoundFactory(complete=True, by_nomination=True, opens_at=start, closes_at=start + timedelta(days=40))
    nomination = NominationFactory(round=round)
    days = []
    for day in range(1, 42):
        time_machine.move_to(start.replace(hour=9, minute=1) + timedelta(days=day), tick=False)
        reminders_plan()
        if reminders_send():
            days.append(day)

    assert days == [7, 14, 37]
    assert set(Email.objects.values_list("kind", "to")) == {("nomination_reminder", nomination.email)}


@pytest.mark.parametrize("longer", [False, True])
def test_nominee_is_reminded_in_the_extra_time_of_the_hub(time_machine: Any, longer: bool) -> None:
    start = clock.london(clock.now()).replace(hour=10, minute=0, second=0, microsecond=0)
    time_machine.move_to(start, tick=False)
    round = RoundFactory(complete=True, by_nomination=True, opens_at=start, closes_at=start + timedelta(days=5))
    nomination = NominationFactory(round=round)
    ExtensionFactory(round=round, hub=nomination.home_hub if longer else MathsHubFactory())
    days = []
    for day in range(1, 14):
        time_machine.move_to(start.replace(hour=9, minute=1) + timedelta(days=day), tick=False)
        reminders_plan()
        if reminders_send():
            days.append(day)

    assert days == ([7, 9] if longer else [2])


@pytest.mark.parametrize("state", ["accepted", "declined", "withdrawn", "lapsed"])
def test_answer_cancels_reminders(time_machine: Any, state: str) -> None:
    start = clock.now()
    nomination = NominationFactory()
    reminders_plan()
    answered = {"nominee": UserFactory(), "answered_at": start} if state in ("accepted", "declined") else {}
    Nomination.objects.filter(pk=nomination.pk).update(state=state, **answered)
    time_machine.move_to(start + timedelta(days=8), tick=False)

    assert reminders_send() == 0


def test_invitation_that_came_back_is_told_to_whoever_nominated(invited: Nomination) -> None:
    EmailFactory(about=invited, kind="nomination_made_hub", bounced=True)
    reminders_plan()
    reminders_send()
    assert not Email.objects.filter(kind="nomination_undelivered").exists()

    EmailFactory(about=invited, kind="nomination_invited", to=invited.email, bounced=True)
    EmailFactory(about=invited, kind="nomination_made_hub", sent=True)
    for _ in range(2):
        reminders_plan()
        reminders_send()
    assert Email.objects.get(kind="nomination_undelivered").to == invited.nominated_by.email
    Nomination.objects.update(state="withdrawn")
    EmailFactory(about=invited, kind="nomination_invited", to=invited.email, bounced=True)
    reminders_plan()
    assert reminders_send() == 0


# The round


def test_ncetm_says_whether_a_round_is_by_nomination(client: Client) -> None:
    client.force_login(UserFactory(ncetm=True))
    round = RoundFactory(complete=True, published_at=None, opens_at=clock.now() + timedelta(days=9))
    path = reverse("national_round_details", args=[round.code])
    form = client.get(path).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}

    client.post(path, data | {"by_nomination": "on"})

    round.refresh_from_db()
    assert round.by_nomination is True
    assert "Teachers are nominated: yes (was no)" in round.events.first().changes
    assertContains(client.get(reverse("national_round", args=[round.code])), "by nomination")
    copied = round_copy(source=round, by=UserFactory(ncetm=True), number=77, starts=2028, project_code="NCP28-77")
    assert copied.by_nomination is True

"""Your headteacher: asked, asked again, corrected, and what became of the request."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import State, SupportState
from applications.models import Application, HeadteacherSupport
from applications.services.support import support_open, support_person
from mastery_hub.common import clock
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import emails_send
from tests.applications.applicants import signed_in, url
from tests.factories.applications import HeadteacherStatementFactory, HeadteacherSupportFactory
from tests.factories.directory import SchoolFactory
from tests.factories.messaging import EmailFactory, ReminderFactory

pytestmark = pytest.mark.django_db
HEAD = {"first_name": "Helen", "last_name": "Marsh", "email": "Head@School.example"}
REASON = "Too many staff are leaving us"
STATEMENT = "Never lets a lesson go by unprepared"


# Asking the headteacher


def test_request_is_sent_and_shown(client: Client) -> None:
    application = signed_in(client)

    page = client.post(url(application, "headteacher"), HEAD, follow=True)

    support = HeadteacherSupport.objects.get()
    assert (support.application, support.email, support.state) == (
        application,
        "head@school.example",
        SupportState.REQUESTED,
    )
    assert Email.objects.get(kind="support_requested").to == "head@school.example"
    assertContains(page, "Helen Marsh has not opened the request yet")
    assertContains(page, "head@school.example")
    assertContains(page, "You can send a reminder from")


def test_request_page_says_what_is_sent_by_when_and_who_the_register_names(client: Client) -> None:
    school = SchoolFactory(head_title="Mrs", head_first_name="Joan", head_last_name="Hill")
    application = signed_in(client, school=school)

    page = client.get(url(application, "headteacher"))

    assertContains(page, "The schools register names Mrs Joan Hill as headteacher")
    assertContains(page, "a statement of up to 300 words, which you will not see")
    assertContains(page, "They must answer before")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"first_name": ""}, "Enter your headteacher’s first name"),
        ({"last_name": ""}, "Enter your headteacher’s last name"),
        ({"email": ""}, "Enter your headteacher’s email address"),
        ({"email": "head"}, "Enter an email address in the correct format"),
        ({"email": f"head@{'.'.join('b' * 60 for _ in range(5))}.example"}, "254 characters"),
        ({"last_name": "see https://evil.example"}, "Enter a name without symbols"),
        ({"email": "own"}, "Enter your headteacher’s email address, not your own."),
    ],
)
def test_request_with_something_wrong_is_not_sent(client: Client, changed: dict[str, str], message: str) -> None:
    application = signed_in(client)
    changed = {"email": application.applicant.email.upper()} if changed == {"email": "own"} else changed

    page = client.post(url(application, "headteacher"), HEAD | changed)

    assertContains(page, message)
    assertContains(page, 'value="Marsh"' if "last_name" not in changed else 'value="Helen"')
    assert HeadteacherSupport.objects.count() == 0


def test_request_before_school_says_what_comes_first(client: Client) -> None:
    application = signed_in(client, placed=False)

    assertContains(client.get(url(application, "headteacher")), "choose your school first")
    client.post(url(application, "headteacher"), HEAD)
    assert HeadteacherSupport.objects.count() == 0


def test_correcting_the_address_cancels_the_first_request(client: Client) -> None:
    support = HeadteacherSupportFactory(application=signed_in(client))
    place = url(support.application, "headteacher")

    assertContains(client.get(f"{place}?change=1"), f'value="{support.email}"')
    client.post(f"{place}?change=1", HEAD)

    support.refresh_from_db()
    assert support.state == SupportState.CANCELLED
    assert support.application.supports.current().get().email == "head@school.example"


def test_same_address_twice_is_told_to_send_a_reminder(client: Client) -> None:
    place = url(signed_in(client), "headteacher")
    client.post(place, HEAD)

    assertContains(client.post(f"{place}?change=1", HEAD), "We have already asked this address.")
    page = client.post(f"{place}?change=1", HEAD | {"first_name": "Helena"}, follow=True)

    assertContains(page, "We have put the name right: Helena Marsh.")
    assert Email.objects.count() == 1


def test_reminder_is_sent_once_and_then_waits(client: Client) -> None:
    support = HeadteacherSupportFactory(application=signed_in(client))
    place = url(support.application, "headteacher")
    assertContains(client.get(place), "Send a reminder")

    assertContains(client.post(place, {"remind": "1"}, follow=True), "We are sending a reminder to")
    assertContains(client.post(place, {"remind": "1"}, follow=True), "You can send a reminder from")

    assertNotContains(client.get(place), "Send a reminder")
    assert Email.objects.filter(kind="support_reminder").count() == 1


def test_reminder_without_a_request_does_nothing(client: Client) -> None:
    application = signed_in(client)

    assertRedirects(client.post(url(application, "headteacher"), {"remind": "1"}), url(application, "headteacher"))
    assert Email.objects.count() == 0


# What became of the request


def track(client: Client, application: Application) -> dict[str, str]:
    rows = client.get(url(application, "headteacher")).context["track"]
    return {row["key"]: row["value"] for row in rows}


def test_request_is_followed_from_waiting_to_opened(client: Client) -> None:
    application = signed_in(client)
    client.post(url(application, "headteacher"), HEAD)
    support = HeadteacherSupport.objects.get()

    assert track(client, application)["Newest email"] == "Waiting to be sent"
    emails_send()
    assert track(client, application)["Newest email"].startswith("Sent on")
    assert track(client, application)["Opened"] == "Not yet"
    support_open(support=support, by=support_person(support))

    seen = track(client, application)
    assert seen["Opened"] == moment(support.events.get(action="open").at)
    assert "Reminded" not in seen
    assert "Next automatic reminder" not in seen


@pytest.mark.parametrize("fate", [{"status": "failed"}, {"bounced": True}])
def test_request_that_came_back_says_what_to_do(client: Client, fate: dict[str, Any]) -> None:
    support = HeadteacherSupportFactory(application=signed_in(client))
    EmailFactory(about=support, **fate)

    assert track(client, support.application)["Newest email"].startswith("Could not be delivered. Check the address")
    EmailFactory(about=support, sent=True)
    assert track(client, support.application)["Newest email"].startswith("Sent on")


def test_reminders_are_shown_those_sent_and_the_next_planned(client: Client) -> None:
    support = HeadteacherSupportFactory(application=signed_in(client))
    client.post(url(support.application, "headteacher"), {"remind": "1"})
    now, kind = clock.now(), {"kind": "headteacher_unanswered", "target": support}
    sent = ReminderFactory(**kind, due_at=now - timedelta(days=1), state="sent", email=EmailFactory())
    ReminderFactory(**kind, due_at=now - timedelta(days=2), state="cancelled")
    ReminderFactory(**kind, due_at=now + timedelta(days=9))
    following = ReminderFactory(**kind, due_at=now + timedelta(days=2))

    seen = track(client, support.application)

    assert seen["Reminded"] == f"By you on {moment(now)} and automatically on {moment(sent.due_at)}"
    assert seen["Next automatic reminder"] == moment(following.due_at)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("requested", "has not opened the request yet"),
        ("opened", "has opened the request"),
        ("signed", "Helen Marsh signed on"),
        ("declined", "Helen Marsh declined on"),
    ],
)
def test_headteacher_page_shows_state_never_statement_nor_reason(client: Client, state: str, words: str) -> None:
    reason = REASON if state == "declined" else ""
    support = HeadteacherSupportFactory(application=signed_in(client), state=state, decline_reason=reason)
    HeadteacherStatementFactory(support=support, text=STATEMENT)

    for page in ("headteacher", "page", "check"):
        response = client.get(url(support.application, page))
        assertNotContains(response, REASON)
        assertNotContains(response, STATEMENT)
    assertContains(client.get(url(support.application, "headteacher")), words)


def test_signed_headteacher_is_not_changed(client: Client) -> None:
    support = HeadteacherSupportFactory(application=signed_in(client), state="signed")
    place = url(support.application, "headteacher")

    assertNotContains(client.get(f"{place}?change=1"), "Send the request")
    assertContains(client.post(place, HEAD), "Helen Marsh has already signed.")
    assertContains(client.post(place, {"remind": "1"}, follow=True), "This request has already been answered.")

    assert HeadteacherSupport.objects.get() == support


def test_declined_headteacher_may_be_followed_by_another_after_submitting(client: Client) -> None:
    support = HeadteacherSupportFactory(application=signed_in(client, state=State.SUBMITTED), state="declined")
    place = url(support.application, "headteacher")

    assertContains(client.get(place), "Name someone else")
    client.post(f"{place}?change=1", HEAD)

    assert support.application.supports.current().get().state == SupportState.REQUESTED


def test_headteacher_page_of_complete_application_leads_to_its_page(client: Client) -> None:
    application = signed_in(client, state=State.COMPLETE)

    assertRedirects(client.get(url(application, "headteacher")), url(application))
    assertContains(client.post(url(application, "headteacher"), HEAD), "Your headteacher can no longer be changed.")
    assert HeadteacherSupport.objects.count() == 0


@pytest.mark.parametrize(("microseconds", "sent"), [(-1, 1), (0, 0)])
def test_request_at_edge_of_support_deadline(client: Client, microseconds: int, sent: int) -> None:
    application = signed_in(client, state=State.SUBMITTED)
    end = (clock.now() + timedelta(days=9)).replace(microsecond=0)
    type(application.round).objects.update(closes_at=end)

    with time_machine.travel(end + timedelta(microseconds=microseconds), tick=False):
        client.force_login(application.applicant)
        client.post(url(application, "headteacher"), HEAD)
        page = client.get(url(application, "headteacher"))

    assert HeadteacherSupport.objects.count() == sent
    assert ("has passed" in page.content.decode()) == (not sent)

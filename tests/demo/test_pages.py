from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from zeal import zeal_ignore

from applications.enums import State
from applications.models import Application
from mastery_hub.common import clock
from mastery_hub.demo import clock as demo_clock
from mastery_hub.demo import personas
from mastery_hub.messaging.models import Email, Reminder
from mastery_hub.messaging.sealing import seal
from tests.factories.messaging import EmailFactory

pytestmark = pytest.mark.usefixtures("england", "db")


@pytest.fixture(autouse=True)
def _clock_put_back():
    yield
    demo_clock.back()


def draft() -> Application:
    return Application.objects.get(applicant__email=personas.DRAFT.email, round__code="NCP27-01")


def moved(client: Client, move: str) -> str:
    """The demo runs in its request what workers run outside of any: jobs that go row by row."""
    with zeal_ignore():
        answer = client.post(reverse("demo_clock_move"), {"move": move}, follow=True)
    assert answer.status_code == 200
    return str(next(iter(answer.context["messages"])))


def test_home_has_a_form_for_every_persona(client):
    page = client.get(reverse("demo_home")).content.decode()

    for persona in personas.PERSONAS.values():
        assert page.count(f'method="post" action="/demo/sign-in/{persona.slug}/"') == 1
    assert page.count("csrfmiddlewaretoken") == len(personas.PERSONAS) == 10


def test_home_leads_to_the_emails_of_those_without_an_account(client):
    page = client.get(reverse("demo_home")).content.decode()

    for reader in personas.READERS:
        address = f"{reverse('demo_mailbox')}?to={quote(reader.email)}"
        assert f'href="{address}">{reader.name}</a>' in page
        assert client.get(address).context["table"].rows, reader.name
    assert 'href="/rounds/NCP26-01/"' in page


@pytest.mark.parametrize("slug", personas.PERSONAS)
def test_sign_in_lands_on_ones_own_home(client, slug):
    answer = client.post(reverse("demo_sign_in", args=[slug]), follow=True)

    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, reverse("home"))
    assert answer.context["user"].email == personas.PERSONAS[slug].email


def test_sign_in_takes_no_get_and_no_post_from_elsewhere():
    address = reverse("demo_sign_in", args=[personas.HUB_LEAD.slug])
    careful = Client(enforce_csrf_checks=True)

    assert careful.get(address).status_code == 405
    assert careful.post(address).status_code == 403
    assert "_auth_user_id" not in careful.session


def test_sign_in_changes_from_one_person_to_another(client):
    client.post(reverse("demo_sign_in", args=[personas.DRAFT.slug]))

    answer = client.post(reverse("demo_sign_in", args=[personas.NATIONAL.slug]), follow=True)

    assert answer.context["user"].email == personas.NATIONAL.email


def test_sign_in_as_nobody_known_is_not_found(client):
    assert client.post(reverse("demo_sign_in", args=["prime-minister"])).status_code == 404


def test_mailbox_shows_newest_first_and_those_to_one_address(client, django_assert_max_num_queries):
    client.get(reverse("demo_mailbox"))
    with django_assert_max_num_queries(6):
        everything = client.get(reverse("demo_mailbox")).context["table"].page.object_list.data
    to_head = client.get(reverse("demo_mailbox"), {"to": personas.HEADTEACHER.email}).context["table"].page

    newest = Email.objects.order_by("-created_at", "-pk")
    assert list(everything) == list(newest[:25])
    assert list(to_head.object_list.data) == list(newest.filter(to=personas.HEADTEACHER.email))
    assert to_head.paginator.count > 1


def test_email_shows_its_link_filled_in_and_nothing_that_could_run(client):
    link = "http://127.0.0.1:8000/support/a-token/"
    email = EmailFactory(
        text="Read it: 0secret0link0secret0",
        html="<title>no</title><p style='color:red' onclick='x()'>"
        "<a href='0secret0link0secret0'>Read it</a><script>x()</script></p>",
        secrets=seal({"link": link}),
    )

    page = client.get(reverse("demo_email", args=[email.pk]))

    assert str(page.context["html"]) == (
        f'<p class="govuk-body"><a href="{link}" class="govuk-link" rel="noopener noreferrer">Read it</a></p>'
    )
    assert page.context["text"] == f"Read it: {link}"
    assert f'<a href="{link}"' in page.content.decode()


def test_email_as_sent_may_do_nothing(client):
    email = Email.objects.filter(kind="support_requested").latest("created_at")

    answer = client.get(reverse("demo_email_as_sent", args=[email.pk]))
    rules = dict(rule.strip().partition(" ")[::2] for rule in answer.headers["Content-Security-Policy"].split(";"))

    assert rules == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "frame-ancestors": "'none'",
        "sandbox": "",
    }
    assert b"0secret0" not in answer.content


@pytest.mark.parametrize(("move", "span"), [("hour", "1h"), ("day", "1d"), ("week", "7d")])
def test_clock_moves_on_by_a_step(client, move, span):
    before = clock.now()
    spans = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "7d": timedelta(days=7)}

    assert moved(client, move) == "The clock has been moved."

    assert spans[span] <= clock.now() - before < spans[span] + timedelta(minutes=1)


def test_clock_just_before_the_deadline_leaves_the_draft_and_just_after_ends_it(client):
    application = draft()
    closes = application.round.closes_at

    moved(client, "before")
    assert closes - timedelta(minutes=5) <= clock.now() < closes
    assert draft().state == State.DRAFT

    moved(client, "after")
    assert draft().state == State.EXPIRED
    assert Email.objects.filter(to=personas.DRAFT.email, kind="application_expired").count() == 1

    moved(client, "back")
    assert demo_clock.offset() == timedelta(0)


def test_clock_moved_past_the_reply_by_date_lapses_the_offer(client):
    offered = Application.objects.get(applicant__email=personas.OFFER.email)

    moved(client, "week")
    offered.refresh_from_db()
    assert offered.state == State.OFFERED

    moved(client, "week")
    offered.refresh_from_db()
    assert offered.state == State.LAPSED


def test_clock_moved_on_lives_through_the_days_between(client):
    moved(client, "before")

    of_draft = Reminder.objects.filter(kind="draft_unfinished", target_id=draft().pk)
    sent = of_draft.filter(state="sent").select_related("email")
    assert len(sent) == 5
    assert {reminder.email.to for reminder in sent} == {personas.DRAFT.email}
    assert [r for r in sent if not timedelta(0) <= r.email.created_at - r.due_at <= timedelta(days=1)] == []


def test_clock_refuses_an_unknown_move_and_a_get(client):
    assert moved(client, "sideways") == "Choose how far to move the clock."
    assert demo_clock.offset() == timedelta(0)
    assert client.get(reverse("demo_clock_move")).status_code == 405

"""Walks the site as each persona, as far as links lead: no dead end, no error, no page of many queries, whatever the
data."""

from collections import Counter, deque
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from mastery_hub.accounts.models import User
from mastery_hub.demo import personas
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_body

MOST = 20  # queries of a page (quality's budget)
WIDEST = {"hub_application": 26}  # an application with everything that can befall one, side by side: over the budget
A_ROUTE = 3  # pages of one route that a walk looks at
pytestmark = pytest.mark.usefixtures("england", "db")


class Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href")
        if tag == "a" and address:
            self.found.append(address)


def inside(address: str, page: str) -> str | None:
    """The path of a link on a page, if it stays on the site."""
    whole = urlsplit(urldefrag(urljoin(settings.SITE_URL + page, address)).url)
    if f"{whole.scheme}://{whole.netloc}" != settings.SITE_URL or whole.path.startswith(settings.STATIC_URL):
        return None
    return f"{whole.path}?{whole.query}" if whole.query else whole.path


def walk(client: Client, start: str) -> tuple[Counter[str], list[str]]:
    """How many pages of each route were seen, and what went wrong on the way."""
    waiting, known, seen, wrong = deque([(start, "the start")]), {start}, Counter(), []
    while waiting:
        path, came_from = waiting.popleft()
        try:
            with CaptureQueriesContext(connection) as taken:
                answer = client.get(path, follow=True)
        except Exception as error:  # the test tells which page it was
            wrong.append(f"{path} (linked from {came_from}): {error!r}")
            continue
        if answer.status_code != 200:
            wrong.append(f"{path} (linked from {came_from}): {answer.status_code}")
            continue
        most = WIDEST.get(answer.resolver_match.view_name, MOST) if answer.resolver_match else MOST
        if len(taken) > most * (1 + len(answer.redirect_chain)):
            wrong.append(f"{path} (linked from {came_from}): {len(taken)} queries")
        if not answer.headers["Content-Type"].startswith("text/html"):
            continue
        for address in Links(answer.content.decode()).found:
            link = inside(address, answer.request["PATH_INFO"])
            if link is None or link in known:
                continue
            known.add(link)
            route = resolve(urlsplit(link).path).view_name if is_known(link) else link
            if seen[route] < A_ROUTE:
                seen[route] += 1
                waiting.append((link, path))
    return seen, wrong


def is_known(link: str) -> bool:
    try:
        return bool(resolve(urlsplit(link).path))
    except Exception:  # a dead link: the walk tells
        return False


def signed_in(persona: personas.Persona) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=persona.email))
    return client


OWN = {  # what each persona must come to by links alone
    personas.DRAFT: {"application_page", "application_about", "application_evidence", "application_headteacher"},
    personas.OFFER: {"application_page", "application_offer"},
    personas.EXCEPTION: {"application_page", "application_check"},
    personas.HEADTEACHER: {"school_home"},
    personas.NOMINATOR: {"nomination_list", "nomination_page", "nomination_correct", "nomination_withdraw"},
    personas.NOMINEE: {"application_start"},
    personas.HUB_LEAD: {
        "hub_home",
        "hub_application_list",
        "hub_application",
        "hub_specialists",
        "hub_nomination_list",
    },
    personas.REVIEWER: {"hub_home", "hub_application_list", "hub_application"},
    personas.SPECIALIST: {"specialist_home", "application_page"},
    personas.NATIONAL: {"national_home", "national_hub_list", "national_people"},
}


@pytest.mark.parametrize("persona", personas.PERSONAS.values(), ids=lambda persona: persona.slug)
def test_persona_meets_no_dead_end(persona):
    seen, wrong = walk(signed_in(persona), reverse("home"))

    assert wrong == []
    assert OWN[persona] - seen.keys() == set()


def test_anybody_meets_no_dead_end(client):
    seen, wrong = walk(client, reverse("demo_home"))

    assert wrong == []
    assert {
        "home",
        "programme_page",
        "round_page",
        "round_information",
        "hub_page",
        "demo_email",
    } - seen.keys() == set()


def test_links_in_emails_lead_to_pages_for_whoever_got_them():
    """The latest email of each kind: what it links to answers its addressee, signed in where they have an account."""
    emails = Email.objects.order_by("kind", "-created_at").distinct("kind")
    wrong = []
    for email in emails:
        client = Client()
        user = User.objects.with_address(email.to)
        if user:
            client.force_login(user)
        links = {inside(address, "/") for address in Links(email_body(email).html).found}
        answers = {link: client.get(link, follow=True).status_code for link in links if link}
        wrong += [f"{email.kind}: {link} {status}" for link, status in answers.items() if status != 200]

    assert wrong == []
    assert len(emails) > 5

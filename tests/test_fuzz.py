"""Odd addresses, queries and bodies, sent to every address as every kind of person: no answer blames the server.

Forms are read from the pages themselves, so that a new field is fuzzed without a line here. Each request is undone.
"""

from collections.abc import Iterator
from copy import deepcopy
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver

from applications.enums import State, SupportState
from applications.models import Application, HeadteacherSupport
from mastery_hub.accounts.models import User
from mastery_hub.common.models import PageBlock
from tests.counts import count, odd_texts
from tests.factories.accounts import InvitationFactory, MembershipFactory, UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    HeadteacherSupportFactory,
    MatchingProposalFactory,
    ReferralFactory,
    SupportingDocumentFactory,
)
from tests.factories.assessments import AssessmentFactory
from tests.factories.casework import NoteFactory, SavedViewFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import HubAreaFactory, MathsHubFactory, RegisterImportFactory, SchoolFactory

pytestmark = pytest.mark.soak
HUGE = 10**30
OWN = 900_001  # a key that no row takes by itself
LONG_ADDRESS = f"{'a' * 64}@{'.'.join('b' * 60 for _ in range(4))}.example"  # longer than a column of addresses
ODD_TEXTS = ("\0", "x" * 400, LONG_ADDRESS, str(HUGE), "-1", "٣", "😀 %s{0} ' OR 1=1 --", *odd_texts(count(0, 60)))
ODD_WORDS = ("%00é",)  # in place of a slug, a reference or a token
ODD_NUMBERS = (0, 2**31, HUGE)
ODD_VALUES = ("\0", "--x", str(HUGE), *odd_texts(count(0, 20), seed=5))
HUGE_HIDDEN = ("9" * 5_000, "x" * 100_000)  # more digits than Python turns into a number; more than any page sends
QUERIES = ("page", "sort", "q", "round", "state", "phase", "hub", "region", "cohort", "role", "to", "next", "email")
Route = tuple[str, dict[str, str]]  # the address with a slot for each argument, and each argument's converter


def routes(resolver: Any = None, above: str = "", known: dict[str, str] | None = None) -> Iterator[Route]:
    for pattern in (resolver or get_resolver()).url_patterns:
        kinds = (known or {}) | {name: type(kind).__name__ for name, kind in pattern.pattern.converters.items()}
        address = above + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern, address, kinds)
        else:
            for name in pattern.pattern.converters.keys() | kinds.keys():
                for kind in ("int", "str", "slug"):
                    address = address.replace(f"<{kind}:{name}>", "{" + name + "}")
            yield "/" + address, kinds


ASKING = [("/applications/{reference}/headteacher/?change=1", {}), ("/applications/{reference}/school/?q=School", {})]
ROUTES = [*routes(), *ASKING]


class Fields(HTMLParser):
    """What a page's forms would send: each name with the value it has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.hidden: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("input", "textarea", "select", "button") and given.get("name") not in (None, "csrfmiddlewaretoken"):
            self.found.setdefault(str(given["name"]), given.get("value") or "x")
            if given.get("type") == "hidden":
                self.hidden.add(str(given["name"]))


@pytest.fixture
def people(db: None) -> dict[str, tuple[Client, list[dict[str, Any]]]]:
    """Each kind of person, with the rows that fill the addresses they may see."""
    hub, draft = MathsHubFactory(), ApplicationFactory(ready=True)
    MathsHubFactory()
    Application.objects.filter(pk=draft.pk).update(pledge=None)
    states = {state: ApplicationFactory(state=state, hub=hub, round=draft.round) for state in OPEN_TO_THE_HUB}
    lead, ncetm = UserFactory(hub_lead=hub), UserFactory(ncetm=True)
    application = states[State.COMPLETE]
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    rows = {
        "programme": draft.round.cohort.programme.slug,
        "code": draft.round.code,
        "version": draft.document.version,
        "hub": hub.slug,
        "kind": PageBlock.Kind.WHY.value,
        "urn": application.school.urn,
        "area": HubAreaFactory(hub=hub, certain=False).pk,
        "number": draft.terms.questions.first().order,
        "key": SupportingDocumentFactory(application=draft).criterion.key,
        "token": "no-such-token",
        "route": "home",
        "name": "sign_in_code",
        "persona": "hub-lead",
        "whose": "applicant",
        "outcome": "offer",
    }
    given = MembershipFactory(hub=hub, pk=OWN).pk, InvitationFactory(hub=hub, invited_by=lead, pk=OWN + 1).pk
    RegisterImportFactory(by=ncetm, pk=given[1])
    NoteFactory(application=application, by=lead, pk=given[0])
    AssessmentFactory(application=application, first=lead, pk=given[0])
    SavedViewFactory(user=lead, hub=hub, pk=given[0])
    ReferralFactory(application=ApplicationFactory(state=State.RESERVED, hub=hub, round=draft.round), pk=given[0])
    MatchingProposalFactory(round=draft.round, pk=given[0])
    at_hub = [rows | {"reference": each.reference, "pk": pk} for each, pk in zip(states.values(), given, strict=False)]
    typed = ApplicationFactory(unlisted=True, state=State.COMPLETE, hub=hub, round=draft.round)
    SchoolFactory(name=typed.school.name)
    at_hub.append(rows | {"reference": typed.reference, "pk": given[0]})
    HubPlacesFactory(cohort=draft.round.cohort)
    found = {
        "anybody": (Client(), [rows | {"reference": draft.reference, "pk": 1}]),
        "applicant": (browser(draft.applicant), [rows | {"reference": draft.reference, "pk": 1}]),
        "lead": (browser(lead), at_hub),
        "ncetm": (browser(ncetm), at_hub),
        "headteacher": (by_link(draft.supports.get()), [rows | {"reference": draft.reference, "pk": 1}]),
    }
    offered = states[State.OFFERED]
    found["offered"] = (browser(offered.applicant), [rows | {"reference": offered.reference, "pk": 1}])
    return found


OPEN_TO_THE_HUB = (State.COMPLETE, State.OFFER_PROPOSED, State.OFFERED)


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def by_link(support: HeadteacherSupport) -> Client:
    HeadteacherSupport.objects.filter(pk=support.pk).update(state=SupportState.OPENED)
    client = Client()
    session = client.session
    session["support_link"] = support.token_hash
    session.save()
    return client


def undone(client: Client, method: str, path: str, data: Any = None) -> tuple[str, str]:
    """The page, and what was wrong with it. Whoever signs out is signed in again."""
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        try:
            answer = getattr(client, method)(path, data)
            wrong = f"{answer.status_code}" if answer.status_code >= 500 and path != "/ready/" else ""
            content = b"".join(answer)  # read to its end, which closes a file
            page = content.decode() if answer.get("Content-Type", "").startswith("text/html") else ""
        except Exception as error:  # the assertion tells all of them at once
            wrong, page = f"{type(error).__name__}: {error}"[:150], ""
        transaction.set_rollback(True)
    client.cookies = cookies
    return page, wrong


def told(sent: dict[str, str]) -> dict[str, str]:
    return {name: value if len(value) < 40 else f"{value[:20]}… {len(value)}" for name, value in sent.items()}


def complaints(found: dict[str, str]) -> list[str]:
    return [f"{what}: {wrong}" for what, wrong in found.items() if wrong]


def test_odd_words_and_numbers_in_addresses_are_answered(people) -> None:
    found = {}
    for name in ("applicant", "ncetm"):
        client, [rows, *_] = people[name]
        for address, kinds in ROUTES:
            for argument, kind in kinds.items():
                for odd in ODD_NUMBERS if kind == "IntConverter" else ODD_WORDS:
                    path = address.format(**rows | {argument: quote(str(odd), safe="%")})
                    found[f"{name} GET {path}"] = undone(client, "get", path)[1]
                    found[f"{name} POST {path}"] = undone(client, "post", path)[1]

    assert complaints(found) == []


@pytest.mark.parametrize("odd", ODD_VALUES)
def test_odd_queries_are_answered(people, odd) -> None:
    found = {}
    for name in ("anybody", "applicant", "ncetm"):
        client, [rows, *_] = people[name]
        for address, _ in ROUTES:
            found[f"{name} {address}"] = undone(client, "get", address.format(**rows), dict.fromkeys(QUERIES, odd))[1]

    assert complaints(found) == []


@pytest.mark.parametrize("name", ["anybody", "applicant", "offered", "lead", "ncetm", "headteacher"])
def test_odd_bodies_are_answered(people, name) -> None:
    """Each odd text in all fields together, and in each alone, as one refusal may hide the next."""
    found, asked = {}, set()
    client, all_rows = people[name]
    for path in sorted({address.format(**rows) for address, _ in ROUTES for rows in all_rows}):
        page, found[f"GET {path}"] = undone(client, "get", path)
        found[f"POST {path} empty"] = undone(client, "post", path)[1]
        form = Fields(page)
        fields = form.found
        asked |= fields.keys()
        odd_bodies = [dict.fromkeys(fields, odd) for odd in ODD_TEXTS]
        odd_bodies += [fields | {field: odd} for field in fields for odd in ODD_TEXTS[:2]]
        odd_bodies += [fields | {field: odd} for field in form.hidden for odd in HUGE_HIDDEN]
        for sent in odd_bodies if fields else ():
            found[f"POST {path} {told(sent)}"[:300]] = undone(client, "post", path, sent)[1]

    assert complaints(found) == []
    assert asked >= ASKED[name]


ASKED = {  # lest a page that shows no form be fuzzed in vain
    "anybody": {"email", "first_name", "q"},
    "applicant": {"trn", "text", "agreed", "signed_as", "remind", "telephone", "school", "postcode", "phase"},
    "offered": {"answer", "reason"},
    "lead": {"outcome", "feedback_unsuccessful", "decision", "role", "body", "submit", "shown"},
    "ncetm": {"from_on-day", "until_on-year", "neighbours", "website", "hub"},
    "headteacher": {"statement", "signed_as", "reason", "confirmed", "role", "email"},
}

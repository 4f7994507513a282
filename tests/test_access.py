"""Every address of the resolver: it says who may see it, and that is whom it lets in.

Each address is filled with rows that exist, so that a refusal is about the person and not about a missing row:
the same address, asked for by the right person, is found.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver, resolve, reverse

from applications.enums import State, SupportState
from applications.models import Application
from cohorts.enums import Whose
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.accounts.permissions import PEOPLE
from mastery_hub.common.access import BY_LINK, HUB, NATIONAL, PUBLIC, SIGNED_IN, Access, access_of
from mastery_hub.common.models import PageBlock
from tests.factories.accounts import InvitationFactory, MembershipFactory, UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    DeferralFactory,
    EligibilityExceptionFactory,
    EligibilityQuestionFactory,
    ExtensionFactory,
    HeadteacherSupportFactory,
    HubRuleFactory,
    MatchingProposalFactory,
    NominationFactory,
    ReferralFactory,
    SchoolChangeFactory,
    SupportingDocumentFactory,
)
from tests.factories.assessments import AssessmentFactory
from tests.factories.casework import NoteFactory, SavedViewFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import HubAreaFactory, MathsHubFactory, RegisterImportFactory

WRITES = re.compile(r"^(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
OWN_ROWS = ("django_session", '"cache"')  # what the machinery of any request may write


@dataclass(frozen=True)
class Route:
    name: str
    address: str
    arguments: frozenset[str]
    access: Access | None
    view: Any = None


def routes(resolver: URLResolver | None = None, above: Route | None = None) -> Iterator[Route]:
    for pattern in (resolver or get_resolver()).url_patterns:
        address = f"{above.address if above else ''}{pattern.pattern}"
        arguments = frozenset(pattern.pattern.converters) | (above.arguments if above else frozenset())
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, Route("", address, arguments, None))
        else:
            yield Route(pattern.name or "", address, arguments, access_of(pattern.callback), pattern.callback)


ROUTES = {route.name: route for route in routes()}


def with_access(*wanted: Access) -> list[str]:
    return [route.name for route in ROUTES.values() if route.access in wanted]


PART_ROUTES = [name for name in ROUTES if name.startswith("national_") and "key" in ROUTES[name].arguments]


@dataclass
class World:
    """One hub with an application in it, and a person for each door; `stranger` holds every role, but elsewhere."""

    application: Application
    lead: User
    ncetm: User
    head: User
    stranger: User
    rows: dict[str, Any]

    def path(self, name: str) -> str:
        known = {each: self.rows.get(f"{each} of {name}", self.rows.get(each)) for each in ROUTES[name].arguments}
        return reverse(name, kwargs=known)


def key_of(name: str, application: Application) -> str:
    """A criterion's, a question's or a commitment's, by what the route is about."""
    signed = application.pledge.commitment_set.commitments
    rows: dict[str, Any] = {"eligibility": application.terms.eligibility_questions}
    rows |= {"criteria": application.terms.criteria, "questions": application.terms.questions, "commitment": signed}
    return next(row.first().key for about, row in rows.items() if f"_{about}_" in name)


@pytest.fixture
def world(db: None) -> World:
    application = ApplicationFactory(
        state=State.COMPLETE, ready=False, round__by_nomination=True, round__asks_subject_leader=True
    )
    hub, school = application.hub, application.school
    support = HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    lead, ncetm = UserFactory(hub_lead=hub), UserFactory(ncetm=True)
    in_hub, in_nation = MembershipFactory(hub=hub), MembershipFactory(role="ncetm_administrator", hub=None)
    asked, asked_to_ncetm = InvitationFactory(hub=hub), InvitationFactory(role="ncetm_administrator", hub=None)
    pks = {"national_membership_end": in_nation.pk, "hub_membership_end": in_hub.pk}
    pks |= {name: asked_to_ncetm.pk for name in ROUTES if name.startswith("national_invitation")}
    pks |= {name: asked.pk for name in ROUTES if name.startswith("hub_invitation")}
    pks["national_extension_cancel"] = ExtensionFactory(round=application.round, hub=hub).pk
    pks["hub_exception"] = EligibilityExceptionFactory(application=application, state="granted").pk
    deferral = DeferralFactory(application=ApplicationFactory(state=State.ACCEPTED, hub=hub))
    moving = ApplicationFactory(state=State.ACCEPTED, hub=hub)
    referral = ReferralFactory(application=ApplicationFactory(state=State.RESERVED, hub=hub)).pk
    pks |= {"hub_referral": referral, "hub_referral_take_back": referral}
    proposal = MatchingProposalFactory(round=application.round).pk
    pks |= {"national_matching_proposal": proposal, "national_matching_send": proposal}
    pks["hub_school_change"] = SchoolChangeFactory(application=moving).pk
    pks |= {"hub_deferral": deferral.pk, "hub_deferral_take_up": deferral.pk}
    assessment = AssessmentFactory(application=application, first=lead)
    pks |= {name: assessment.pk for name in ROUTES if name.startswith("hub_assessment")}
    pks["application_calendar"] = assessment.pk
    EligibilityQuestionFactory(terms=application.terms)
    pks["hub_note"] = NoteFactory(application=application, by=lead).pk
    view = SavedViewFactory(user=lead, hub=hub).pk
    pks |= {"hub_view": view, "hub_view_delete": view}
    rule = HubRuleFactory(round=application.round, hub=hub)
    if not HubPlaces.objects.filter(cohort=application.round.cohort, hub=hub).exists():
        HubPlacesFactory(cohort=application.round.cohort, hub=hub)
    nomination = NominationFactory(round=application.round, home_hub=hub, nominated_by=lead).pk
    pks |= {name: nomination for name in ROUTES if name.startswith("nomination_")}
    rows = {
        "programme": application.round.cohort.programme.slug,
        "code": application.round.code,
        "version": application.document.version,
        "hub": hub.slug,
        "kind": PageBlock.Kind.WHY.value,
        "urn": school.urn,
        "area": HubAreaFactory(hub=hub, certain=False).pk,
        "reference": application.reference,
        "number": application.terms.questions.first().order,
        "key": SupportingDocumentFactory(application=application).criterion.key,
        "token": "no-such-token",
        "persona": "hub-lead",
        "name": "invitation",
        "route": "home",
        "pk": RegisterImportFactory(by=ncetm).pk,
        **{f"pk of {name}": pk for name, pk in pks.items()},
        **{f"key of {name}": key_of(name, application) for name in PART_ROUTES},
        **{f"key of {name}": rule.key for name in ("hub_rule_edit", "hub_rule_end")},
        "whose": Whose.APPLICANT.value,
        "outcome": "offer",
    }
    return World(
        application=application,
        lead=lead,
        ncetm=ncetm,
        head=UserFactory(headteacher=school),
        stranger=UserFactory(hub_lead=MathsHubFactory(), headteacher=True, email=support.email.replace("head", "x")),
        rows=rows,
    )


class Browser(Client):
    """Reads a file to its end, which closes it."""

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        if response.streaming:
            b"".join(response)
        return response


def browser(person: User | None) -> Client:
    client = Browser()
    if person:
        client.force_login(person)
    return client


def asked_to_sign_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and resolve(response["Location"].split("?")[0]).url_name == "account_login"


def test_every_view_says_who_may_see_it() -> None:
    assert [route.address for route in routes() if route.access is None] == []


def test_every_address_has_a_name_of_its_own() -> None:
    """History and logs record the route's name; allauth alone calls one address by two."""
    names = [route.name for route in routes()]

    assert [route.address for route in routes() if not route.name] == []
    assert len(names) == len(set(names))


def test_doors_are_of_the_known_kinds() -> None:
    """A new kind of door needs its own test here."""
    assert [name for name in ROUTES if name not in with_access(PUBLIC, BY_LINK, SIGNED_IN, HUB, NATIONAL, PEOPLE)] == []
    assert len(with_access(HUB)) > 5
    assert len(with_access(NATIONAL)) > 5


def test_whoever_is_not_signed_in_is_asked_to(world: World) -> None:
    found = {}
    for name in with_access(SIGNED_IN, HUB, NATIONAL, PEOPLE):
        path = world.path(name)
        asked = [asked_to_sign_in(browser(None).get(path)), asked_to_sign_in(browser(None).post(path))]
        found[name] = asked

    assert {name: asked for name, asked in found.items() if asked != [True, True]} == {}


def test_signing_in_leads_back_to_where_one_was(world: World) -> None:
    path = world.path("hub_home")

    assert browser(None).get(path)["Location"] == f"/account/sign-in/?next={path}"


def test_public_pages_ask_nobody_to_sign_in(world: World) -> None:
    answers = {name: browser(None).get(world.path(name)) for name in with_access(PUBLIC, BY_LINK)}

    assert {name for name, response in answers.items() if asked_to_sign_in(response)} <= {
        "account_confirm_login_code",  # without a code under way there is nothing to confirm
        "account_email_verification_sent",
        "account_logout",
    }
    assert {name for name, response in answers.items() if response.status_code >= 500} == {"ready"}  # no worker runs


def refused(person: User, path: str) -> bool:
    """Not found; a page that takes no POST from anyone says so first."""
    client = browser(person)
    return client.get(path).status_code == 404 and client.post(path).status_code in (404, 405)


def test_pages_of_a_hub_are_found_by_its_people_alone(world: World) -> None:
    names = [name for name in with_access(HUB, PEOPLE) if "hub" in ROUTES[name].arguments]
    strangers = (world.stranger, world.head, world.application.applicant)

    for name in names:
        path = world.path(name)
        assert browser(world.lead).get(path).status_code != 404, name
        assert [person for person in strangers if not refused(person, path)] == [], name


def test_pages_of_the_nation_are_found_by_ncetm_alone(world: World) -> None:
    names = [name for name in with_access(NATIONAL, PEOPLE) if not name.startswith("hub_")]
    strangers = (world.stranger, world.lead, world.application.applicant)

    for name in names:
        path = world.path(name)
        assert browser(world.ncetm).get(path).status_code != 404, name
        assert [person for person in strangers if not refused(person, path)] == [], name


def test_pages_of_an_application_are_found_by_its_applicant_alone(world: World) -> None:
    """The hub's people have pages of their own for it."""
    names = [name for name in with_access(SIGNED_IN) if "reference" in ROUTES[name].arguments]
    strangers = (world.stranger, world.lead, world.ncetm, world.head)

    assert len(names) > 12
    for name in names:
        path = world.path(name)
        assert browser(world.application.applicant).get(path).status_code != 404, name
        assert [person for person in strangers if not refused(person, path)] == [], name


def test_pages_of_a_nomination_are_found_by_who_made_it_its_hub_and_ncetm(world: World) -> None:
    signed_in = with_access(SIGNED_IN)
    names = [name for name in signed_in if name.startswith("nomination_") and "pk" in ROUTES[name].arguments]
    strangers = (world.stranger, world.head, world.application.applicant)

    assert len(names) == 4
    for name in names:
        path = world.path(name)
        assert [p for p in (world.lead, world.ncetm) if browser(p).get(path).status_code == 404] == [], name
        assert [person for person in strangers if browser(person).post(path).status_code not in (404, 405)] == [], name
        assert [person for person in strangers if browser(person).get(path).status_code not in (404, 405)] == [], name


def test_page_of_a_school_is_found_by_its_headteacher_alone(world: World) -> None:
    path = world.path("school_home")

    assert browser(world.head).get(path).status_code == 200
    for stranger in (world.stranger, world.lead, world.ncetm, world.application.applicant):
        assert browser(stranger).get(path).status_code == 404


def test_reading_writes_nothing(world: World) -> None:
    """A mail scanner, a prefetching browser and a crawler follow links: none of them may change a row."""
    written = {}
    for name in ROUTES:
        for person in (world.application.applicant, world.lead, world.ncetm, world.head):
            client = browser(person)
            with CaptureQueriesContext(connection) as taken:
                client.get(world.path(name))
            statements = [query["sql"] for query in taken if WRITES.match(query["sql"])]
            if wrote := [sql[:80] for sql in statements if not any(table in sql for table in OWN_ROWS)]:
                written[name] = wrote

    assert written == {}

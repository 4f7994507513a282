"""What is proposed shows nowhere before it is released: every page is the same before and after, for all whom it is
kept from."""

import re
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse

from applications.enums import Outcome, State
from applications.models import Application, LetterWording, Round
from applications.services.confirmations import decisions_return
from applications.services.letters import letter_save
from applications.services.panel import panel_order_move
from applications.services.selection import decision_propose, decision_release
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.access import BY_LINK, HUB, PUBLIC, SIGNED_IN
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    HeadteacherSupportFactory,
    NominationFactory,
    ReviewFactory,
    RoundFactory,
    StrategicNeedFactory,
)
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory
from tests.test_access import ROUTES

pytestmark = pytest.mark.django_db
DOORS = (PUBLIC, BY_LINK, SIGNED_IN, HUB)
KEPT_FROM = ("applicant", "headteacher", "nominator", "hub administrator")
SECRETS = ("secret-feedback", "secret-reason", "secret-departure", "secret-letter", "secret-wording", "secret-return")
CHANGING = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"')
LISTS = ("home", "application_list", "nomination_list", "school_home")
NOT_READ = ("account_logout", "ready", "metrics", "demo")  # they end the session, or are not about an application


@pytest.fixture
def application(time_machine) -> Application:
    """With the hub, scored, nominated, and with a colleague of a lower score beside it."""
    time_machine.move_to(clock.now(), tick=False)
    hub, round = MathsHubFactory(), RoundFactory(complete=True, by_nomination=True, confirms_decisions=True)
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=3)
    UserFactory(hub_lead=hub), UserFactory(ncetm=True)
    application = ApplicationFactory(state=State.COMPLETE, hub=hub, round=round)
    application.supports.all().delete()
    HeadteacherSupportFactory(application=application, state="signed", token="the-token")
    other = ApplicationFactory(state=State.COMPLETE, hub=hub, round=round, school=application.school)
    for each, value in ((application, 1), (other, 4)):
        ReviewFactory(application=each, submitted_at=clock.now(), scored=value)
    return application


@pytest.fixture
def people(application) -> dict[str, User]:
    nominator = UserFactory()
    nomination = NominationFactory(
        round=application.round, state="accepted", nominated_by=nominator, home_hub=application.hub
    )
    Application.objects.filter(pk=application.pk).update(nomination=nomination)
    return {
        "applicant": application.applicant,
        "headteacher": UserFactory(headteacher=application.school),
        "nominator": nominator,
        "hub administrator": UserFactory(hub_administrator=application.hub),
    }


def addresses(application: Application, *, every: bool) -> Iterator[str]:
    """Every page without an argument but those of this application, its hub, its round and its nomination; or those
    alone that are about it, and what lists it."""
    rows = {
        "hub": application.hub.slug,
        "reference": application.reference,
        "code": application.round.code,
        "pk": application.nomination_id or 0,
        "urn": application.school_id,
        "programme": application.round.cohort.programme.slug,
    }
    for name, route in ROUTES.items():
        known = route.access in DOORS and route.arguments <= rows.keys() and not name.startswith(NOT_READ)
        if known and (every or name in LISTS or route.arguments & {"reference", "hub", "pk"}):
            yield reverse(name, kwargs={each: rows[each] for each in route.arguments})


def sheet_of(workbook: bytes) -> bytes:
    with ZipFile(BytesIO(workbook)) as book:
        return book.read("xl/worksheets/sheet1.xml")


def seen(person: User, application: Application, *, every: bool = False) -> dict[str, tuple]:
    """Each page with its status, its headers and its words."""
    client = Client()
    client.force_login(person)
    client.get("/support/the-token/")
    found = {}
    for address in addresses(application, every=every):
        answer = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        body = b"" if body.startswith(b"%PDF") else body  # a copy of the answers: each print has its own time
        body = sheet_of(body) if body.startswith(b"PK") else body
        headers = {
            name: value for name, value in answer.headers.items() if name not in ("Vary", "ETag", "Content-Length")
        }
        found[address] = (answer.status_code, headers, CHANGING.sub(b"", body))
    return found


def lead_of(application: Application) -> User:
    return User.objects.get(memberships__hub=application.hub, memberships__role="hub_lead")


def propose(application: Application, outcome: Outcome) -> None:
    """With all that a hub and NCETM may write down about it."""
    hub, round, lead = application.hub, application.round, lead_of(application)
    ncetm = User.objects.get(memberships__role="ncetm_administrator")
    told = {"feedback": "secret-feedback", "reason": "secret-reason", "departure": "secret-departure"}
    decision = decision_propose(application=application, by=lead, outcome=outcome, **told)
    LetterWording.objects.create(round=round, hub=hub, outcome=outcome, text="secret-wording", saved_by=lead)
    letter_save(application=application, by=lead, decision=decision.pk, text="secret-letter")
    panel_order_move(application=application, by=lead, to=1)
    decisions_return(round=round, hub=hub, by=ncetm, read=[decision.pk], reason="secret-return")


@pytest.mark.parametrize("who", KEPT_FROM)
@pytest.mark.parametrize("outcome", list(Outcome))
def test_no_page_changes_by_a_proposal(who, outcome, application, people) -> None:
    application.refresh_from_db()
    StrategicNeedFactory(plan__round=application.round, plan__hub=application.hub)
    every = outcome == Outcome.OFFER
    before = seen(people[who], application, every=every)
    assert len([1 for status, _, _ in before.values() if status == 200]) > (10 if every else 1)

    propose(application, outcome)

    after = seen(people[who], application, every=every)
    assert [address for address in before if before[address] != after[address]] == []
    words = b" ".join(body for _, _, body in after.values()).decode()
    assert [secret for secret in SECRETS if secret in words] == []


@pytest.mark.parametrize("who", KEPT_FROM)
def test_no_page_changes_by_an_offer_proposed_to_one_on_the_reserve_list(who, application, people) -> None:
    Round.objects.update(confirms_decisions=False)
    application.refresh_from_db()
    lead = lead_of(application)
    told = {"feedback": "Thank you.", "departure": "Needed"}
    decision_propose(application=application, by=lead, outcome=Outcome.RESERVE, **told)
    decision_release(application=application, by=lead)
    application.refresh_from_db()
    before = seen(people[who], application)

    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="secret-feedback", departure="x")

    after = seen(people[who], application)
    assert [address for address in before if before[address] != after[address]] == []


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_proposal_writes_to_nobody_but_the_hubs_leads(outcome, application, people) -> None:
    application.refresh_from_db()

    propose(application, outcome)

    kept = {person.email for person in people.values()} | {"head@example.org"}
    assert not kept & set(Email.objects.values_list("to", flat=True))
    assert set(Email.objects.values_list("kind", flat=True)) == {"decisions_returned_hub"}


def test_no_refusal_names_the_proposal(application, people) -> None:
    """Whoever acts on a place that is only proposed is told of the state that they may know."""
    application.refresh_from_db()
    propose(application, Outcome.OFFER)
    client = Client()
    client.force_login(people["applicant"])

    answer = client.post(reverse("application_offer", args=[application.reference]), {"answer": "accept"}, follow=True)

    assert answer.status_code == 200
    assert "roposed" not in answer.content.decode()

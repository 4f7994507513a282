"""A hub's work list: what waits, for whom, by when; and nothing that a role may not see."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from applications.enums import AssessmentKind, State, SupportState
from applications.models import Application, HeadteacherSupport, Round
from applications.needs import BY_KEY, NEEDS, Desk
from applications.work import counts
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    DeferralFactory,
    EligibilityExceptionFactory,
    ExtensionFactory,
    HeadteacherSupportFactory,
    ReferralFactory,
    ReviewFactory,
    RoundFactory,
    SchoolChangeFactory,
    SelectionPlanFactory,
)
from tests.factories.assessments import AssessmentFactory, ShortlistingFactory
from tests.factories.casework import CaseHolderFactory, ScreeningFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub() -> MathsHub:
    return MathsHubFactory()


@pytest.fixture
def round() -> Round:
    return RoundFactory(complete=True)


def address(hub: MathsHub, query: str = "") -> str:
    return reverse("hub_work", args=[hub.slug]) + query


def waits(user: User, hub: MathsHub) -> dict[str, int]:
    return {need.key: number for need, number in counts(Desk(user, hub)).items()}


def listed(client: Client, hub: MathsHub, query: str = "") -> list[tuple[str, str]]:
    rows = client.get(address(hub, query)).context["table"].rows
    return [(row.record.need, row.record.reference) for row in rows]


SCREENING = {"to_screen", "query", "waiting", "offers", "to_arrange", "to_observe", "to_interview"}


def signed_in(client: Client, **role: Any) -> User:
    user = UserFactory(**role)
    client.force_login(user)
    return user


def one_of_each(hub: MathsHub, round: Round) -> dict[str, Application]:
    """An application for each need, each in that need alone as far as it can be."""
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=9)

    def made(state: str, **more: Any) -> Application:
        application = ApplicationFactory(hub=hub, round=round, state=state, **more)
        if application.shown_state in (State.SUBMITTED, State.COMPLETE):
            ScreeningFactory(application=application)
        return application

    found = {
        "to_screen": ApplicationFactory(hub=hub, round=round, state=State.OFFER_PROPOSED),
        "query": made(State.RESERVE_PROPOSED),
        "unlisted": made(State.UNSUCCESSFUL_PROPOSED, unlisted=True),
        "waiting": made(State.SUBMITTED),
        "to_score": made(State.COMPLETE),
        "to_decide": made(State.COMPLETE),
        "to_release": made(State.UNSUCCESSFUL_PROPOSED),
        "offers": made(State.OFFERED),
        "reserves": made(State.RESERVED),
    }
    found["returned"] = made(State.OFFER_PROPOSED)
    by_ncetm = {"returned_by": UserFactory(ncetm=True), "returned_at": clock.now(), "return_reason": "Look again"}
    found["returned"].decisions.update(**by_ncetm)
    ScreeningFactory(application=found["query"], query=True)
    ReviewFactory(application=found["to_decide"], submitted_at=clock.now())
    found["to_arrange"] = made(State.OFFER_PROPOSED)
    ShortlistingFactory(application=found["to_arrange"])
    for key, kind in (("to_observe", AssessmentKind.OBSERVATION), ("to_interview", AssessmentKind.INTERVIEW)):
        found[key] = made(State.UNSUCCESSFUL)
        AssessmentFactory(application=found[key], kind=kind)
    found["exceptions"] = made(State.DRAFT)
    EligibilityExceptionFactory(application=found["exceptions"])
    found["deferrals"], found["school_changes"] = made(State.ACCEPTED), made(State.ACCEPTED)
    DeferralFactory(application=found["deferrals"])
    SchoolChangeFactory(application=found["school_changes"])
    found["referrals"] = ApplicationFactory(round=round, state=State.RESERVED)
    ReferralFactory(application=found["referrals"], to_hub=hub, state="consented")
    return found


def test_every_need_finds_what_waits(hub: MathsHub, round: Round, client: Client) -> None:
    made = one_of_each(hub, round)
    lead = signed_in(client, hub_lead=hub)

    assert set(made) == set(BY_KEY)
    for key, application in made.items():
        assert (key, application.reference) in listed(client, hub, f"?need={key}"), key
    assert waits(lead, hub) == {**dict.fromkeys(BY_KEY, 1), "to_release": 5}


@pytest.mark.parametrize(
    ("role", "mine"),
    [
        ("hub_lead", set(BY_KEY)),
        ("hub_reviewer", {"to_score"}),
        ("hub_administrator", SCREENING),
        ("ncetm", set(BY_KEY)),
    ],
)
def test_each_role_finds_what_it_may_do(client: Client, hub: MathsHub, round: Round, role: str, mine: set[str]) -> None:
    one_of_each(hub, round)
    user = signed_in(client, **{role: True if role == "ncetm" else hub})

    assert set(waits(user, hub)) == mine
    assert {need for need, _ in listed(client, hub)} == mine


def test_asking_for_what_is_not_ones_own_shows_nothing_of_it(client: Client, hub: MathsHub, round: Round) -> None:
    one_of_each(hub, round)
    signed_in(client, hub_lead=hub)
    assert listed(client, hub, "?need=to_release") != []

    signed_in(client, hub_administrator=hub)
    page = client.get(address(hub, "?need=to_release&need=to_decide"))

    assert {row.record.need for row in page.context["table"].rows} <= SCREENING
    assertNotContains(page, "roposed")
    assertNotContains(page, "To release")


def test_proposal_changes_nothing_that_an_administrator_sees(client: Client, hub: MathsHub) -> None:
    administrator = signed_in(client, hub_administrator=hub)
    ApplicationFactory(hub=hub, state=State.COMPLETE)
    before = waits(administrator, hub)
    ApplicationFactory(hub=hub, state=State.OFFER_PROPOSED)

    assert (before, waits(administrator, hub)) == ({"to_screen": 1}, {"to_screen": 2})


def test_list_is_of_this_hub_and_not_of_ones_own(client: Client, hub: MathsHub, round: Round) -> None:
    lead = signed_in(client, hub_lead=hub)
    ours = ApplicationFactory(hub=hub, state=State.SUBMITTED)
    ApplicationFactory(hub=hub, state=State.SUBMITTED, applicant=lead)
    ApplicationFactory(state=State.SUBMITTED)
    mine = ApplicationFactory(state=State.ACCEPTED, hub=hub, applicant=lead)
    DeferralFactory(application=mine)
    EligibilityExceptionFactory(application=ApplicationFactory(hub=hub, applicant=lead))

    assert {reference for _, reference in listed(client, hub)} == {ours.reference}
    assert client.get(address(MathsHubFactory())).status_code == 404


def test_reviewer_is_done_once_their_own_scores_are_in(hub: MathsHub) -> None:
    application = ApplicationFactory(hub=hub, state=State.COMPLETE)
    reviewer, colleague, lead = UserFactory(hub_reviewer=hub), UserFactory(hub_reviewer=hub), UserFactory(hub_lead=hub)
    ReviewFactory(application=application, reviewer=reviewer)
    assert [waits(each, hub).get("to_score") for each in (reviewer, colleague, lead)] == [1, 1, 1]

    application.reviews.update(submitted_at=clock.now())

    assert [waits(each, hub).get("to_score") for each in (reviewer, colleague, lead)] == [None, 1, None]
    assert waits(lead, hub)["to_decide"] == 1


def test_reserves_wait_only_where_a_place_is_free(hub: MathsHub, round: Round) -> None:
    lead = UserFactory(hub_lead=hub)
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=1)
    ApplicationFactory(hub=hub, round=round, state=State.RESERVED)
    assert waits(lead, hub) == {"reserves": 1}

    HubPlaces.objects.update(taken=1)

    assert waits(lead, hub) == {}


def test_latest_screening_counts(hub: MathsHub) -> None:
    lead, application = UserFactory(hub_lead=hub), ApplicationFactory(hub=hub, state=State.SUBMITTED)
    seen = []
    for query in (None, True, False, True):
        if query is not None:
            ScreeningFactory(application=application, query=query)
        seen.append(sorted(set(waits(lead, hub)) & {"to_screen", "query"}))

    assert seen == [["to_screen"], ["query"], [], ["query"]]


def test_nearest_deadline_comes_first_and_late_ones_say_so(client: Client, hub: MathsHub, round: Round) -> None:
    signed_in(client, hub_lead=hub)
    offered = ApplicationFactory(hub=hub, round=round, state=State.OFFERED)
    offered.offers.update(reply_by=clock.now() + timedelta(days=400))
    waiting = ApplicationFactory(hub=hub, round=round, state=State.SUBMITTED)
    lapsing = ApplicationFactory(hub=hub, round=round, state=State.OFFERED)
    lapsing.offers.update(reply_by=clock.now() - timedelta(minutes=1))

    assert [need for need, _ in listed(client, hub)] == ["offers", "waiting", "to_screen", "offers"]
    assert listed(client, hub)[0][1] == lapsing.reference
    assert listed(client, hub, "?sort=-due")[0][1] == offered.reference
    assertContains(client.get(address(hub)), "Late", count=1)
    assert waiting.reference in str(listed(client, hub))


def test_headteacher_is_waited_for_as_long_as_the_extension_says(client: Client, hub: MathsHub, round: Round) -> None:
    signed_in(client, hub_lead=hub)
    ApplicationFactory(hub=hub, round=round, state=State.SUBMITTED)
    ends = round.closes_at + timedelta(days=9)
    ExtensionFactory(round=round, hub=hub, closes_at=ends)

    [row] = client.get(address(hub, "?need=waiting")).context["table"].rows

    assert row.record.due == ends


def test_dates_of_a_round_and_a_cohort_are_deadlines(client: Client, hub: MathsHub, round: Round) -> None:
    signed_in(client, hub_lead=hub)
    one_of_each(hub, round)

    due = {row.record.need: row.record.due for row in client.get(address(hub)).context["table"].rows}

    outcomes = datetime.combine(round.outcomes_month, datetime.min.time(), tzinfo=clock.LONDON).date()
    assert clock.london(due["to_score"]).date() == outcomes
    assert clock.london(due["deferrals"]).date() == round.cohort.academic_year.first_day
    assert due["exceptions"] == round.closes_at


def test_filters_narrow_the_list_and_stay_in_the_address(client: Client, hub: MathsHub) -> None:
    lead = signed_in(client, hub_lead=hub)
    one = ApplicationFactory(hub=hub, state=State.SUBMITTED, applicant__first_name="Samira")
    two = ApplicationFactory(hub=hub, state=State.COMPLETE, applicant__first_name="Oskar")
    CaseHolderFactory(application=one, person=lead)
    CaseHolderFactory(application=two, person=UserFactory(first_name="Ada", last_name="Fenn"))

    def found(query: str) -> set[str]:
        return {reference for _, reference in listed(client, hub, query)}

    assert found("?q=samira") == found("?holder=mine") == found(f"?round={one.round.code}") == {one.reference}
    assert found("?holder=nobody") == set()
    assert found("?need=to_score") == {two.reference}
    page = client.get(address(hub, "?q=oskar&need=to_score&sort=-due"))
    assertContains(page, "Ada Fenn")
    assertContains(page, "Remove Name, school or reference:")
    assertContains(page, '<input type="hidden" name="sort" value="-due">', html=True)


def test_case_that_was_given_up_is_nobodys(client: Client, hub: MathsHub) -> None:
    lead = signed_in(client, hub_lead=hub)
    application = ApplicationFactory(hub=hub, state=State.COMPLETE)
    held = CaseHolderFactory(application=application, person=lead)
    assert listed(client, hub, "?holder=nobody") == []

    held.until_at, held.ended_by = clock.now(), lead
    held.save()

    assert listed(client, hub, "?holder=mine") == []
    assert {reference for _, reference in listed(client, hub, "?holder=nobody")} == {application.reference}


def test_every_row_leads_to_where_it_is_done(client: Client, hub: MathsHub, round: Round) -> None:
    signed_in(client, hub_lead=hub)
    one_of_each(hub, round)
    rows = [row.record for row in client.get(address(hub)).context["table"].rows]

    found = {task.href(hub): task.need for task in rows}

    assert {href: client.get(href).status_code for href in found} == dict.fromkeys(found, 200)
    assert len(set(found.values())) == len(NEEDS)


def test_numbers_above_the_list_lead_to_their_part_of_it(client: Client, hub: MathsHub, round: Round) -> None:
    signed_in(client, hub_lead=hub)
    one_of_each(hub, round)
    stats = client.get(address(hub)).context["stats"]

    assert {stat["label"]: stat["value"] for stat in stats} == {
        need.words: 5 if need.key == "to_release" else 1 for need in NEEDS
    }
    for stat in stats:
        assert len(client.get(stat["href"]).context["table"].rows) == stat["value"]


def test_empty_list_says_so(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_reviewer=hub)

    assertContains(client.get(address(hub)), "Nothing waits for you here.")
    assertContains(client.get(address(hub, "?q=nobody")), "No task matches the filters.")


def test_one_without_a_need_of_their_own_finds_an_empty_list(hub: MathsHub) -> None:
    assert counts(Desk(UserFactory(), hub)) == {}


def test_late_headteacher_is_the_one_who_was_asked_last(hub: MathsHub) -> None:
    """However many requests there were, an application waits once."""
    application = ApplicationFactory(hub=hub, state=State.SUBMITTED)
    HeadteacherSupportFactory(application=application, state=SupportState.CANCELLED)
    HeadteacherSupportFactory(application=application)

    assert HeadteacherSupport.objects.count() == 2
    assert waits(UserFactory(hub_lead=hub), hub) == {"to_screen": 1, "waiting": 1}


def test_reviewer_who_reads_blind_finds_references_alone(client: Client, hub: MathsHub) -> None:
    reviewer = signed_in(client, hub_reviewer=hub)
    application = ApplicationFactory(hub=hub, state=State.COMPLETE, applicant__first_name="Zebedee")
    words = ("Zebedee", application.school.name, application.applicant.email)
    page = client.get(address(hub)).content.decode()
    assert [word in page for word in words] == [True, True, False]

    SelectionPlanFactory(round=application.round, hub=hub, blind=True)

    for path in (address(hub), reverse("hub_work_csv", args=[hub.slug])):
        response = client.get(path)
        text = b"".join(response).decode() if response.streaming else response.content.decode()
        assert [word for word in words if word in text] == []
        assert application.reference in text
    assert listed(client, hub, "?q=zebedee") == []
    assert listed(client, hub, f"?q={application.reference}") == [("to_score", application.reference)]
    signed_in(client, hub_lead=hub)
    assertContains(client.get(address(hub)), "Zebedee")
    ReviewFactory(application=application, reviewer=reviewer, submitted_at=clock.now())
    assert waits(reviewer, hub) == {}

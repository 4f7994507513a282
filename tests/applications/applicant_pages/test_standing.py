"""Where an application stands afterwards, without a word of a proposal."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from applications.applicant_presenters import timeline
from applications.applicant_presenters.status import PROGRESS
from applications.enums import PROPOSED, Action, Outcome, State, SupportAction
from applications.models import Application
from applications.services.applications import application_submit
from applications.services.selection import decision_propose, decision_release, decision_take_back
from applications.services.support import support_open, support_request, support_sign
from applications.workflow import HIDDEN
from cohorts.models import CommitmentSet
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from tests.applications.applicant_pages.steps import KNOWN, PAGES
from tests.applications.applicants import signed_in, url
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationEventFactory,
    DecisionFactory,
    HeadteacherStatementFactory,
    HeadteacherSupportFactory,
)
from tests.factories.cohorts import PlacementFactory, ResidentialFactory, SpecialistFactory

pytestmark = pytest.mark.django_db
FEEDBACK = "Write more about work with colleagues"
REASON = "The hub has enough people from this town"


# Nothing leaks


def shown(client: Client, application: Application) -> list[str]:
    """What stands in the pages, without the shell around them, whose tokens change."""
    pages = [client.get(url(application, page)).content.decode() for page in PAGES]
    return [page[page.index("<main") : page.index("</main>")] for page in pages]


@pytest.mark.parametrize("state", sorted(PROPOSED))
def test_proposal_is_nowhere_on_applicants_pages(client: Client, state: State) -> None:
    """Byte for byte what one who waits in peace is shown."""
    application = signed_in(client, ready=True, state=state)
    application.decisions.update(feedback=FEEDBACK, reason=REASON)
    pages = shown(client, application)

    for action in HIDDEN:
        ApplicationEventFactory(application=application, action=action, to_state=state, reason=REASON)
    assert shown(client, application) == pages
    application.decisions.all().delete()
    Application.objects.update(state=State.COMPLETE)
    assert shown(client, application) == pages


@pytest.mark.parametrize("state", sorted(PROPOSED))
@pytest.mark.parametrize(
    ("page", "typed"), [("check", {}), ("offer", {"answer": "accept"}), ("offer", {"answer": "decline"})]
)
def test_stale_click_does_not_name_a_proposal(client: Client, state: State, page: str, typed: dict[str, str]) -> None:
    application = signed_in(client, state=state)

    response = client.post(url(application, page), typed, follow=True)

    assertContains(response, "Nothing was changed: this application is now “with the hub”.")
    assertNotContains(response, "roposed")


def test_proposal_after_reserve_list_keeps_the_feedback_that_was_released(client: Client) -> None:
    application = signed_in(client, state=State.RESERVED)
    DecisionFactory(application=application, outcome=Outcome.RESERVE, released=True, feedback=FEEDBACK)
    lead = UserFactory(hub_lead=application.hub)
    decision_propose(application=application, by=lead, outcome=Outcome.UNSUCCESSFUL, feedback=REASON)

    page = client.get(url(application))

    assertContains(page, "On the reserve list")
    assertContains(page, FEEDBACK)
    assertNotContains(page, REASON)
    decision_release(application=application, by=lead)
    assertContains(client.get(url(application)), REASON)


def test_proposal_taken_back_leaves_no_trace(client: Client) -> None:
    application = signed_in(client, state=State.COMPLETE)
    before = shown(client, application)
    lead = UserFactory(hub_lead=application.hub)
    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback=FEEDBACK)
    decision_take_back(application=application, by=lead)

    assert shown(client, application) == before


def test_statement_and_reasons_stay_hidden_to_the_end(client: Client) -> None:
    application = signed_in(client, ready=True, state=State.ACCEPTED)
    support = application.supports.get()
    support.delete()
    support = HeadteacherSupportFactory(application=application, state="signed", decline_reason=REASON)
    HeadteacherStatementFactory(support=support, text=FEEDBACK)

    for page in PAGES:
        assertNotContains(client.get(url(application, page)), FEEDBACK)
        assertNotContains(client.get(url(application, page)), REASON)


# Where it stands


@pytest.mark.parametrize("state", sorted(KNOWN - PROPOSED))
def test_page_of_every_state_says_where_it_is(client: Client, state: State) -> None:
    application = signed_in(client, state=state)
    if state == State.SUBMITTED:
        HeadteacherSupportFactory(application=application)

    page = client.get(url(application))

    if state != State.DRAFT:
        assertContains(page, State(state).label)
        assertContains(page, "What happens next")
        assertContains(page, url(application, "check"))


def test_every_state_but_the_proposed_has_words() -> None:
    assert set(PROGRESS) == KNOWN - PROPOSED


OTHER_STEPS = {
    "request",
    "request_passed",
    "agree_signatory",
    "remind",
    "remind_automatically",
    "remind_by_hub",
    "correct_name",
    "correct_details",
    "new_link",
}


def test_every_action_the_applicant_may_know_has_words() -> None:
    assert set(timeline.APPLICATION) == {"start", "match_school", "change_school"} | (
        set(Action) - HIDDEN - {Action.DELETE}
    )
    assert set(timeline.SUPPORT) == OTHER_STEPS | set(SupportAction)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.SUBMITTED, ("Your headteacher, Helen Marsh", "must sign", "in 30 days")),
        (State.COMPLETE, ("considers the applications", "You will hear in")),
        (State.OFFERED, ("Accept or decline", "Answer before", "in 14 days")),
        (State.RESERVED, ("If a place becomes free",)),
        (State.UNSUCCESSFUL, ("welcome to apply again",)),
    ],
)
def test_page_says_who_has_it_what_is_next_and_when(client: Client, state: State, words: tuple[str, ...]) -> None:
    application = signed_in(client, state=state)
    if state == State.SUBMITTED:
        HeadteacherSupportFactory(application=application)

    page = client.get(url(application))

    for word in words:
        assertContains(page, word)


def test_page_of_submitted_application_whose_headteacher_declined_asks_for_another(client: Client) -> None:
    application = signed_in(client, state=State.SUBMITTED)
    HeadteacherSupportFactory(application=application, state="declined")

    page = client.get(url(application))

    assertContains(page, "name who else may sign for your school")
    assertContains(page, url(application, "headteacher"))


def test_page_of_submitted_application_says_when_the_time_for_support_has_passed(client: Client, time_machine) -> None:
    application = signed_in(client, state=State.SUBMITTED)
    HeadteacherSupportFactory(application=application)
    time_machine.move_to(application.support_closes_at, tick=False)
    client.force_login(application.applicant)  # the session has long ended

    page = client.get(url(application))

    assertContains(page, "The time for your headteacher’s support has passed.")
    assertNotContains(page, "must sign")


@pytest.mark.parametrize("state", [State.RESERVED, State.UNSUCCESSFUL])
def test_feedback_of_released_decision_is_shown(client: Client, state: State) -> None:
    application = signed_in(client, state=state)
    DecisionFactory(
        application=application, outcome=state.replace("reserved", "reserve"), released=True, feedback=FEEDBACK
    )

    assertContains(client.get(url(application)), FEEDBACK)


def test_page_of_accepted_application_shows_place_and_dates(client: Client) -> None:
    application = signed_in(client, state=State.ACCEPTED)
    cohort = application.round.cohort
    specialist = SpecialistFactory(person=application.applicant, cohort=cohort)
    PlacementFactory(specialist=specialist, hub=application.hub, school=application.school)
    ResidentialFactory(cohort=cohort)
    ResidentialFactory(cohort=cohort, confirmed=True, starts_on=datetime(2028, 3, 1, tzinfo=UTC).date())

    page = client.get(url(application))

    assertContains(page, f"You are a Mastery Specialist in {cohort.name}.")
    assertContains(page, f"{application.school}, {application.hub}, from 1 September 2027")
    assertContains(page, "11 to 12 November 2027 (subject to confirmation)")
    assertContains(page, "1 to 2 March 2028</div>")


def signed(application: Application, head: dict[str, str]) -> None:
    support = support_request(application=application, by=application.applicant, at=clock.now(), **head)
    person = User.objects.for_person(**head)
    support_open(support=support, by=person)
    support.refresh_from_db()
    commitments = CommitmentSet.objects.get(cohort=application.round.cohort, whose="headteacher").commitments.all()
    support_sign(
        support=support,
        by=person,
        at=clock.now(),
        statement=REASON,
        confirmed=set(application.terms.criteria.filter(shown="headteacher")),
        agreed={c.pk for c in commitments},
        signed_as="Helen Marsh",
    )


def test_timeline_merges_both_lives_newest_first(client: Client) -> None:
    application = signed_in(client, ready=True)
    application.supports.all().delete()
    head = {"first_name": "Helen", "last_name": "Marsh", "email": "helen@school.example"}

    with time_machine.travel(clock.now(), tick=False):
        signed(application, head)
        application_submit(application=application, by=application.applicant, at=clock.now())

    assert [entry["title"] for entry in timeline.timeline_of(application)] == [
        f"Your application was complete and went to {application.hub}",
        "You submitted the application",
        "Helen Marsh signed the school’s commitments",
        "Helen Marsh opened the request",
        "You asked Helen Marsh to support your application",
    ]
    assertContains(client.get(url(application)), "Helen Marsh signed the school’s commitments")


def test_names_in_the_timeline_are_plain_text(client: Client) -> None:
    application = signed_in(client, state=State.SUBMITTED)
    support = HeadteacherSupportFactory(application=application, first_name="{hub}", last_name="<b>")
    support.events.create(action="request", by=application.applicant, to_state="requested")

    assertContains(client.get(url(application)), "You asked {hub} &lt;b&gt; to support your application")

"""A lead says which school of the register a typed-in one is: once, and no offer before it."""

from functools import partial
from typing import Any

import pytest

from applications import permissions
from applications.enums import ENDED, HOLDING_A_PLACE, NEVER_SUBMITTED, Action, Outcome, State
from applications.models import Application
from applications.models.eligibility import NotMet
from applications.rules import school_not_met
from applications.services.engines import APPLICATION, application_move
from applications.services.selection import decision_propose
from applications.services.support import support_confirm_headteacher
from mastery_hub.accounts.models import Membership, User
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import School
from mastery_hub.messaging.models import Email
from tests.applications.hub_school.steps import FIRST, match, people
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, EligibilityExceptionFactory, EligibilityOutcomeFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory, UnlistedSchoolFactory
from tests.threads import overtaken

pytestmark = pytest.mark.django_db


def refused(code: str) -> Any:
    return pytest.raises(DomainError, check=lambda error: error.code == code)


# The service


def test_match_moves_application_and_signatures_and_says_so(
    application: Application, lead: User, listed: School
) -> None:
    typed, hub = application.school, application.hub

    match(application, lead, listed)

    application.refresh_from_db()
    assert (application.school, application.hub, application.has_unlisted_school) == (listed, hub, False)
    assert application.pledge.school == application.supports.get().pledge.school == listed
    found = application.typed_school
    assert (found.school, found.match, found.matched_by) == (typed, listed, lead)
    event = application.events.get()
    assert (event.action, event.from_state, event.to_state, event.by) == ("match_school", "complete", "complete", lead)
    assert event.reason == f"“Larkfield Academy” is Larkfield Primary Academy, URN {listed.urn}"


def test_match_leaves_other_peoples_signatures_alone(application: Application, lead: User, listed: School) -> None:
    other = ApplicationFactory(state=State.COMPLETE)

    match(application, lead, listed)

    other.refresh_from_db()
    assert other.pledge.school == other.school != listed


def test_match_keeps_the_hub_of_the_day(application: Application, lead: User) -> None:
    hub, elsewhere = application.hub, SchoolFactory(in_hub=MathsHubFactory())

    assert match(application, lead, elsewhere).hub == hub


def test_match_that_meets_what_was_told_changes_no_outcome(
    application: Application, lead: User, listed: School
) -> None:
    EligibilityOutcomeFactory(application=application)  # it keeps what other questions found
    standing = application.eligibility

    matched = match(application, lead, listed)

    assert (matched.eligibility_outcomes.count(), matched.exceptions.count()) == (1, 0)
    assert matched.eligibility == standing


def test_match_that_fails_a_rule_adds_an_outcome_and_asks_the_hub(application: Application, lead: User) -> None:
    ours = NotMet("days", "How many days?", "4", "At least five.", essential=False)
    day = EligibilityOutcomeFactory(
        application=application, answers=[{"key": "days", "value": 4}], failures=[ours.as_json]
    )
    independent = SchoolFactory(independent=True, in_hub=application.hub)

    matched = match(application, lead, independent)

    matched = Application.objects.get(pk=matched.pk)
    newest, first = matched.eligibility_outcomes.all()
    assert (first, [failure.key for failure in first.not_met]) == (day, ["days"])
    assert [failure.key for failure in newest.not_met] == ["school-state-funded", "days"]
    assert (newest.answers, newest.by) == (first.answers, lead)
    exception = matched.exceptions.get()
    assert (matched.eligibility, exception.state, exception.outcome) == ("asked", "asked", newest)
    assert Email.objects.filter(kind="exception_asked").values_list("to", flat=True).get() == lead.email

    again = match(matched, lead, SchoolFactory(in_hub=application.hub))

    exception.refresh_from_db()
    assert (again.eligibility, exception.state, application.eligibility_outcomes.count()) == ("met", "cancelled", 3)


def test_match_keeps_an_exception_that_covers_what_is_still_not_met(application: Application, lead: User) -> None:
    school, programme = SchoolFactory(independent=True, in_hub=application.hub), application.round.cohort.programme
    failures = [failure.as_json for failure in school_not_met(school, programme)]
    outcome = EligibilityOutcomeFactory(application=application, failures=failures)
    exception = EligibilityExceptionFactory(application=application, outcome=outcome, state="granted")
    EligibilityOutcomeFactory(application=application, failures=[])

    matched = match(application, lead, school)

    exception.refresh_from_db()
    assert (matched.eligibility, exception.state, matched.exceptions.count()) == ("granted", "granted", 1)


def test_match_is_for_a_lead_of_the_hub(application: Application, listed: School) -> None:
    everybody = people(application)
    assert {who for who, person in everybody.items() if permissions.can_match_school(person, application)} == {"lead"}
    for who, person in everybody.items():
        if who != "lead":
            with refused("not-allowed"):
                match(application, person, listed)
    match(application, everybody["lead"], listed)
    assert Application.objects.get().school == listed


def test_match_is_not_for_a_lead_who_is_the_applicant(application: Application, listed: School) -> None:
    Membership.objects.create(user=application.applicant, role="hub_lead", hub=application.hub)
    application.applicant.forget_memberships()
    with refused("not-allowed"):
        match(application, application.applicant, listed)


@pytest.mark.parametrize("state", State)
def test_match_is_for_what_was_submitted_and_is_not_over(state: State, listed: School) -> None:
    application = ApplicationFactory(unlisted=True, state=state)
    lead = UserFactory(hub_lead=application.hub)
    if state in ENDED | HOLDING_A_PLACE | NEVER_SUBMITTED:
        with refused("not-allowed"):
            match(application, lead, listed)
    else:
        assert match(application, lead, listed).school == listed


def test_match_with_what_is_not_in_the_register_is_refused(application: Application, lead: User) -> None:
    with refused("not-listed"):
        match(application, lead, UnlistedSchoolFactory().school)
    assert not application.events.exists()


def test_listed_school_is_not_matched(listed: School) -> None:
    application = ApplicationFactory(state=State.COMPLETE)
    with refused("not-allowed"):
        match(application, UserFactory(hub_lead=application.hub), listed)


def test_second_lead_is_told_what_the_first_said(application: Application, lead: User, listed: School) -> None:
    typed, second = application.school, UserFactory(hub_lead=application.hub)
    match(application, lead, listed)

    with pytest.raises(DomainError, match=f"Nothing was changed: {lead} has said that this is {listed}.") as error:
        match(application, second, SchoolFactory(), instead_of=typed)

    assert error.value.code == "replaced"
    assert Application.objects.get().school == listed


def test_wrong_match_is_corrected(application: Application, lead: User, listed: School) -> None:
    match(application, lead, SchoolFactory())
    application.refresh_from_db()

    match(application, lead, listed)

    application.refresh_from_db()
    assert (application.school, application.typed_school.match) == (listed, listed)
    assert application.supports.get().pledge.school == listed
    assert application.events.count() == 2


def test_match_stays_once_its_headteacher_is_confirmed(application: Application, lead: User, listed: School) -> None:
    """Nobody is left with the pages of a school that was named by mistake."""
    support = application.supports.select_related("application").get()
    assert not permissions.can_confirm_headteacher(lead, support)
    with refused("not-allowed"):
        support_confirm_headteacher(support=support, by=lead)
    match(application, lead, listed)
    support = application.supports.select_related("application").get()
    support_confirm_headteacher(support=support, by=lead)
    application.refresh_from_db()

    with refused("confirmed"):
        match(application, lead, SchoolFactory())

    assert Membership.objects.get(role="headteacher").school == listed


@pytest.mark.django_db(transaction=True)
def test_headteacher_confirmed_while_the_match_is_corrected_leads_the_right_school(
    application: Application, lead: User, listed: School
) -> None:
    match(application, lead, SchoolFactory())
    application.refresh_from_db()
    support = application.supports.select_related("application__school", "application__hub").get()
    confirm = partial(support_confirm_headteacher, support=support, by=lead)

    overtaken(confirm, by=partial(match, application, lead, listed))

    assert Membership.objects.get(role="headteacher").school == listed


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_once_say_it_once(application: Application, lead: User, listed: School) -> None:
    typed, other = application.school, SchoolFactory()
    second = UserFactory(hub_lead=application.hub)

    def slower() -> str:
        try:
            return str(match(application, second, other, instead_of=typed))
        except DomainError as error:
            return error.code

    assert overtaken(slower, by=lambda: match(application, lead, listed, instead_of=typed)) == "replaced"
    assert Application.objects.get().school == listed


# No offer before it


@pytest.mark.parametrize("outcome", Outcome)
def test_no_offer_is_proposed_for_an_unlisted_school(application: Application, lead: User, outcome: Outcome) -> None:
    if outcome == Outcome.OFFER:
        with pytest.raises(DomainError, match=FIRST) as error:
            decision_propose(application=application, by=lead, outcome=outcome, feedback="Well done")
        assert error.value.code == "barred"
        assert not application.decisions.exists()
    else:
        decision_propose(application=application, by=lead, outcome=outcome, feedback="Well done")
        assert application.decisions.get().outcome == outcome


def test_offer_is_proposed_once_the_school_is_found(application: Application, lead: User, listed: School) -> None:
    assert Action.PROPOSE_OFFER not in APPLICATION.available(application, lead)
    application = match(application, lead, listed)
    assert Action.PROPOSE_OFFER in APPLICATION.available(application, lead)
    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="")
    assert Application.objects.get().state == State.OFFER_PROPOSED


def test_what_bars_an_offer_is_not_told_to_those_who_may_not_make_one(application: Application) -> None:
    with refused("not-allowed"):
        application_move(application=application, action=Action.PROPOSE_OFFER, by=UserFactory())


def test_proposed_offer_is_not_released_for_an_unlisted_school(lead: User, application: Application) -> None:
    proposed = ApplicationFactory(unlisted=True, state=State.OFFER_PROPOSED, hub=application.hub)
    listed = ApplicationFactory(state=State.OFFER_PROPOSED, hub=application.hub)
    assert Action.RELEASE_OFFER not in APPLICATION.available(proposed, lead)
    assert Action.RELEASE_OFFER in APPLICATION.available(listed, lead)

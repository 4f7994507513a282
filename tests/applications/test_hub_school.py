"""The hub says which school a typed-in one is: flagged until then, no offer until then, and said once."""

import re
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications import permissions
from applications.enums import ENDED, HOLDING_A_PLACE, NEVER_SUBMITTED, Action, Outcome, State, SupportState
from applications.models import Application
from applications.models.eligibility import NotMet
from applications.rules import school_not_met
from applications.services.engines import APPLICATION, application_move
from applications.services.schools import application_match_school
from applications.services.selection import decision_propose
from applications.services.support import support_confirm_headteacher
from mastery_hub.accounts.models import Membership, User
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import School
from mastery_hub.messaging.models import Email
from tests.applications.applicants import url
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    EligibilityExceptionFactory,
    EligibilityOutcomeFactory,
    HeadteacherSupportFactory,
)
from tests.factories.directory import MathsHubFactory, SchoolFactory, UnlistedSchoolFactory
from tests.threads import overtaken

pytestmark = pytest.mark.django_db
FIRST = "Say first which school this is: a place cannot be offered at a school that is not in the register."


@pytest.fixture
def application() -> Application:
    """With both signatures."""
    application = ApplicationFactory(
        unlisted=True, state=State.COMPLETE, typed_school__school__name="Larkfield Academy"
    )
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    return application


@pytest.fixture
def lead(application: Application) -> User:
    return UserFactory(hub_lead=application.hub)


@pytest.fixture
def listed(application: Application) -> School:
    return SchoolFactory(name="Larkfield Primary Academy", in_hub=application.hub)


def match(application: Application, by: User, school: School, instead_of: School | None = None) -> Application:
    before = instead_of or application.school
    return application_match_school(application=application, by=by, school=school, instead_of=before.pk)


def refused(code: str) -> Any:
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def address(application: Application, name: str = "hub_school", query: str = "") -> str:
    return reverse(name, args=[application.hub.slug, application.reference]) + query


def said(application: Application, school: School) -> dict[str, Any]:
    return {"school": school.pk, "shown": application.school_id}


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


def people(application: Application) -> dict[str, User]:
    hub = application.hub
    return {
        "lead": UserFactory(hub_lead=hub),
        "reviewer": UserFactory(hub_reviewer=hub),
        "administrator": UserFactory(hub_administrator=hub),
        "lead of another hub": UserFactory(hub_lead=True),
        "NCETM administrator": UserFactory(ncetm=True),
        "applicant": application.applicant,
    }


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


# What the hub sees


@pytest.mark.parametrize("role", ["hub_lead", "hub_reviewer", "hub_administrator"])
def test_application_page_flags_the_school(client: Client, application: Application, role: str) -> None:
    client.force_login(UserFactory(**{role: application.hub}))

    page = client.get(address(application, "hub_application"))

    assertContains(page, "Larkfield Academy is not in the schools register:")
    assertContains(page, '<strong class="govuk-tag govuk-tag--orange">To be found</strong>')
    assertContains(page, "Primary, state-funded")
    assertNotContains(page, application.school_id)
    assertNotContains(page, "Confirm this headteacher")
    leads = role == "hub_lead"
    assert (FIRST in page.content.decode()) == (address(application) in page.content.decode()) == leads


def test_application_page_tells_what_was_found(
    client: Client, application: Application, lead: User, listed: School
) -> None:
    match(application, lead, listed)
    client.force_login(lead)

    page = client.get(address(application, "hub_application"))

    assertNotContains(page, "not in the schools register")
    for shown in ("Larkfield Academy", f"URN {listed.urn}", f"As {lead} said on", "School found in the register"):
        assertContains(page, shown)
    assertContains(page, "Correct the school")
    assertContains(page, "Confirm this headteacher")


def test_applicant_is_told_that_it_was_found(
    client: Client, application: Application, lead: User, listed: School
) -> None:
    match(application, lead, listed)
    client.force_login(application.applicant)

    assertContains(client.get(url(application)), f"{application.hub} found your school in the schools register")


def test_list_flags_and_filters(client: Client, application: Application, lead: User) -> None:
    ApplicationFactory(state=State.COMPLETE, hub=application.hub)
    ApplicationFactory(unlisted=True, state=State.WITHDRAWN, hub=application.hub)
    client.force_login(lead)
    place = reverse("hub_application_list", args=[application.hub.slug])

    assertContains(client.get(place), '<strong class="govuk-tag govuk-tag--orange">Not in the register</strong>', 2)
    found = client.get(place, {"school": "unlisted"}).context["table"]
    assert [row.record for row in found.rows] == [application]


def test_decision_page_says_what_comes_first(client: Client, application: Application, lead: User) -> None:
    client.force_login(lead)
    place = address(application, "hub_decision")

    page = client.get(place)
    assertContains(page, FIRST)
    assertNotContains(page, "Offer a place")
    page = client.post(place, {"outcome": "offer", "feedback_offer": "Well done"})

    assertContains(page, FIRST)
    assertContains(page, "Well done")
    assert not application.decisions.exists()


# The page


def test_page_looks_for_what_was_typed_and_takes_the_answer(
    client: Client, application: Application, lead: User, listed: School
) -> None:
    client.force_login(lead)
    School.objects.filter(pk=listed.pk).update(name="Larkfield Academy")

    page = client.get(address(application))
    assertContains(page, f"As {application.applicant} typed it in")
    assertContains(page, f"URN {listed.urn}")
    page = client.post(address(application), said(application, listed), follow=True)

    assertRedirects(page, address(application, "hub_application"))
    assertContains(page, f"The school is Larkfield Academy, URN {listed.urn}.")
    assertNotContains(page, "The application stays with you.")
    assert Application.objects.get().school == listed


def test_page_looks_for_the_postcode_where_the_name_finds_nothing(
    client: Client, application: Application, lead: User
) -> None:
    client.force_login(lead)
    School.with_unlisted.update(postcode="ZZ9 9ZZ")
    neighbour = SchoolFactory(name="Hilltop Primary School", postcode="ZZ9 9ZZ")
    SchoolFactory(postcode="ZZ1 1AA")

    page = client.get(address(application))
    assertContains(page, 'value="ZZ9 9ZZ"')
    assert re.findall(r'name="school"\s+type="radio"\s+value="(\d+)"', page.content.decode()) == [str(neighbour.pk)]


def test_page_finds_by_another_search_what_is_not_open_yet(
    client: Client, application: Application, lead: User
) -> None:
    client.force_login(lead)
    planned = SchoolFactory(name="Hilltop Primary School", status=4)
    ApplicationFactory(unlisted=True, typed_school__school__name="Hilltop Academy")

    page = client.get(address(application, query="?q=hilltop"))

    assertContains(page, f'id="id_school-{planned.pk}"')
    assertContains(page, "Proposed to open – ")
    client.post(address(application, query="?q=hilltop"), said(application, planned))
    assert Application.objects.get(pk=application.pk).school == planned


def test_page_says_that_the_application_stays_where_it_is(client: Client, application: Application, lead: User) -> None:
    home = MathsHubFactory()
    client.force_login(lead)

    page = client.post(address(application), said(application, SchoolFactory(name="Hill", in_hub=home)), follow=True)

    assertContains(page, f"The home hub of Hill is {home}. The application stays with you.")


@pytest.mark.parametrize("q", ["", "a", "%", "x" * 101])
def test_page_says_which_search_cannot_work(client: Client, application: Application, lead: User, q: str) -> None:
    client.force_login(lead)

    typed = {"school-text": q, "shown": application.school_id}
    assertContains(client.post(address(application), typed), "There is a problem")


def test_page_with_nothing_found_says_what_to_try(client: Client, application: Application, lead: User) -> None:
    client.force_login(lead)

    assertContains(client.get(address(application)), "No school found for “Larkfield Academy”")


def test_page_without_an_answer_says_so(client: Client, application: Application, lead: User, listed: School) -> None:
    client.force_login(lead)
    answers: list[dict[str, Any]] = [{}, {"school": "x"}, {"school": application.school_id}, {"school": "1"}]
    shown = {"school-text": "larkfield", "school-for": "larkfield", "shown": application.school_id}

    for answer in answers:
        page = client.post(address(application, query="?q=larkfield"), answer | shown)
        assertContains(page, "There is a problem")
        assertContains(page, listed.name)
    assert Application.objects.get().school == application.school


def test_page_tells_the_second_lead(client: Client, application: Application, lead: User, listed: School) -> None:
    client.force_login(UserFactory(hub_lead=application.hub))
    match(application, lead, listed)

    page = client.post(address(application), said(application, SchoolFactory()), follow=True)

    assertContains(page, f"Nothing was changed: {lead} has said that this is {listed}.")
    assert Application.objects.get().school == listed


def test_page_is_for_leads(client: Client, application: Application) -> None:
    answers = {}
    for who, person in people(application).items():
        client.force_login(person)
        answers[who] = client.get(address(application)).status_code
    assert answers == {
        "lead": 200,
        "reviewer": 403,
        "administrator": 403,
        "NCETM administrator": 403,
        "lead of another hub": 404,
        "applicant": 404,
    }


def test_page_of_a_listed_school_turns_away(client: Client) -> None:
    application = ApplicationFactory(state=State.COMPLETE)
    client.force_login(UserFactory(hub_lead=application.hub))

    page = client.get(address(application), follow=True)

    assertRedirects(page, address(application, "hub_application"))
    assertContains(page, "Nothing was changed: there is no school to look for, or not at this stage.")


# The national list


@pytest.fixture
def national(client: Client) -> Client:
    client.force_login(UserFactory(ncetm=True))
    return client


def rows(client: Client, **query: str) -> list[Application]:
    return [row.record for row in client.get(reverse("national_typed_schools"), query).context["table"].rows]


def test_national_list_has_every_school_that_was_typed_in_and_submitted(
    national: Client, application: Application, lead: User, listed: School
) -> None:
    other = ApplicationFactory(unlisted=True, state=State.SUBMITTED)
    over = ApplicationFactory(unlisted=True, state=State.INCOMPLETE)
    ApplicationFactory(unlisted=True)
    ApplicationFactory(state=State.COMPLETE)
    match(application, lead, listed)

    page = national.get(reverse("national_typed_schools"))

    assert rows(national) == [over, other, application]
    assert rows(national, sort="-found") == [application, over, other]
    assert rows(national, found="no") == [other]
    assert rows(national, found="yes") == rows(national, q="larkfield") == [application]
    assert rows(national, hub=other.hub.slug) == [other]
    assertContains(page, f"Larkfield Primary Academy, URN {listed.urn}")
    assertContains(page, '<strong class="govuk-tag govuk-tag--orange">Waits for the hub</strong>', 1)
    assertContains(page, '<strong class="govuk-tag govuk-tag--grey">Not found</strong>', 1)
    assertNotContains(page, other.school_id)

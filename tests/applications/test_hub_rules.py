"""A hub's own rules: its leads write them, drafts go by what is in force, what was submitted stays as it was."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications import permissions
from applications.enums import Eligibility, RoundAction, State
from applications.models import Application, HubRule, Round
from applications.rules import hub_has_changed_rules
from applications.services.applications import application_submit
from applications.services.eligibility import eligibility_save
from applications.services.hub_rules import MOST, hub_rule_end, hub_rule_save, hub_rules_take_over, rule_seen
from cohorts.versions import ChangedMeanwhileError
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub
from tests.applications.applicants import url
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.applications import ApplicationFactory, ExtensionFactory, HubRuleFactory, RoundFactory
from tests.factories.cohorts import CohortFactory, HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db
TYPED = {"text": "How many days?", "kind": "number", "least": "3", "importance": "essential", "not_met": "Ask us."}
VALUES = {
    "text": "How many days?",
    "guidance": "",
    "kind": "number",
    "least": 3,
    "options": [],
    "accepted": [],
    "importance": "essential",
    "not_met": "Ask us.",
}


@pytest.fixture
def round() -> Round:
    return RoundFactory(complete=True)


@pytest.fixture
def hub(round: Round) -> MathsHub:
    hub = MathsHubFactory(name="North")
    HubPlacesFactory(cohort=round.cohort, hub=hub)
    return hub


@pytest.fixture
def lead(hub: MathsHub) -> User:
    return UserFactory(hub_lead=hub)


def place(hub: MathsHub, round: Round, page: str, **more: Any) -> str:
    return reverse(f"hub_rule_{page}", kwargs={"hub": hub.slug, "code": round.code, **more})


def shown(client: Client, path: str) -> dict[str, Any]:
    form = client.get(path).context["form"]
    return {name: form[name].value() for name in form.fields if form[name].value() is not None}


def rule_of(round: Round, hub: MathsHub, **more: Any) -> HubRule:
    return HubRuleFactory(round=round, hub=hub, **({"key": "own", "text": "How many days?", "least": 2} | more))


def saved(rule: HubRule, by: User, **changed: Any) -> HubRule:
    told = {"round": rule.round, "hub": rule.hub, "by": by, "key": rule.key}
    return hub_rule_save(**told, seen=rule_seen(rule), values=rule.written | changed)


def answered(round: Round, hub: MathsHub, days: int = 2, **more: Any) -> Application:
    application = ApplicationFactory(round=round, hub=hub, ready=True, **more)
    eligibility_save(application=application, by=application.applicant, answers={"own": days})
    return again(application)


def again(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


# Who may


def test_lead_writes_a_rule_which_is_listed_asked_and_logged(
    client: Client, round: Round, hub: MathsHub, lead: User
) -> None:
    client.force_login(lead)
    listed, add = reverse("hub_rules", args=[hub.slug]), place(hub, round, "add")
    typed = shown(client, add) | TYPED
    assertRedirects(client.post(add, typed), listed)
    client.post(add, typed)  # a second click

    rule = HubRule.objects.get()
    assert (rule.round, rule.hub, rule.least, rule.until_at) == (round, hub, 3, None)
    assertContains(client.get(listed), "Met by: At least 3")
    assert ApplicationFactory(round=round, hub=hub).eligibility_rules == [rule]
    event = round.events.get(action=RoundAction.CHANGE_HUB_RULES)
    assert (event.by, event.changes) == (lead, "North Maths Hub: added “How many days?”")
    client.force_login(UserFactory(ncetm=True))
    national = client.get(reverse("national_round", args=[round.code]))
    assertContains(national, "How many days? Met by: At least 3 (essential)")


@pytest.mark.parametrize("role", [Role.HUB_REVIEWER, Role.HUB_ADMINISTRATOR, "ncetm", "another hub"])
def test_nobody_but_a_lead_of_the_hub_writes_rules(client: Client, round: Round, hub: MathsHub, role: str) -> None:
    rule = rule_of(round, hub)
    if role == "ncetm":
        client.force_login(UserFactory(ncetm=True))
    elif role == "another hub":
        client.force_login(UserFactory(hub_lead=MathsHubFactory()))
    else:
        client.force_login(MembershipFactory(hub=hub, role=role).user)
    expected = 404 if role == "another hub" else 403
    pages = [place(hub, round, "add"), *(place(hub, round, page, key=rule.key) for page in ("edit", "end"))]
    pages.append(reverse("hub_rules_take_over", args=[hub.slug, round.code]))

    assert {client.post(page, TYPED | {"seen": rule_seen(rule)}).status_code for page in pages} == {expected}
    assert {client.get(page).status_code for page in pages} == {expected}
    listed = client.get(reverse("hub_rules", args=[hub.slug]))
    assert listed.status_code == (404 if role == "another hub" else 200)
    if listed.status_code == 200:
        assertContains(listed, rule.text)
        assertNotContains(listed, "Add a rule")
    assert HubRule.objects.get().written == rule.written


def test_permission_is_of_leads_of_that_hub(hub: MathsHub, lead: User) -> None:
    others = [MembershipFactory(hub=hub, role=role).user for role in (Role.HUB_REVIEWER, Role.HUB_ADMINISTRATOR)]
    others += [UserFactory(ncetm=True), UserFactory(hub_lead=MathsHubFactory()), UserFactory()]

    assert permissions.can_write_hub_rules(lead, hub)
    assert [user for user in others if permissions.can_write_hub_rules(user, hub)] == []
    with pytest.raises(DomainError, match="Only leads"):
        hub_rule_end(round=RoundFactory(), hub=hub, by=others[0], key="own", seen="")


@pytest.mark.parametrize(("when", "words"), [("unpublished", "has not published"), ("closed", "has closed")])
def test_rules_change_while_the_round_is_published_and_not_closed(
    round: Round, hub: MathsHub, lead: User, when: str, words: str
) -> None:
    rule = rule_of(round, hub)
    ago = clock.now() - timedelta(minutes=1)
    Round.objects.filter(pk=round.pk).update(**{"published_at": None} if when == "unpublished" else {"closes_at": ago})
    rule = HubRule.objects.select_related("round").get()

    with pytest.raises(DomainError, match=words):
        saved(rule, lead, least=4)
    if when == "closed":
        ExtensionFactory(round=round, hub=hub, closes_at=clock.now() + timedelta(days=1))
        assert saved(rule, lead, least=4).least == 4


def test_hub_that_does_not_take_part_has_no_rules(client: Client, round: Round, hub: MathsHub) -> None:
    other = MathsHubFactory()
    lead = UserFactory(hub_lead=other)
    client.force_login(lead)

    assert client.get(place(other, round, "add")).status_code == 404
    with pytest.raises(DomainError, match="does not take part"):
        hub_rule_save(round=round, hub=other, by=lead, key="own", seen="", values=VALUES)
    assert client.get(reverse("hub_rules", args=[other.slug])).status_code == 200


def test_hub_has_no_more_rules_than_anybody_would_read(round: Round, hub: MathsHub, lead: User) -> None:
    for number in range(MOST):
        hub_rule_save(round=round, hub=hub, by=lead, key=f"own{number}", seen="", values=VALUES)
    with pytest.raises(DomainError, match="End one"):
        hub_rule_save(round=round, hub=hub, by=lead, key="more", seen="", values=VALUES)
    assert round.hub_rules.count() == MOST


# What has been relied upon


def test_rule_that_nobody_has_answered_changes_in_place(round: Round, hub: MathsHub, lead: User) -> None:
    elsewhere = rule_of(round, MathsHubFactory())
    answered(round, elsewhere.hub)
    rule = rule_of(round, hub)

    assert saved(rule, lead, least=4).pk == rule.pk
    assert [(each.least, each.until_at) for each in hub.rules.all()] == [(4, None)]


def test_rule_that_somebody_has_answered_is_ended_and_replaced(round: Round, hub: MathsHub, lead: User) -> None:
    old = rule_of(round, hub)
    answered(round, hub)

    new = saved(old, lead, least=4)

    old.refresh_from_db()
    assert (old.least, old.until_at) == (2, new.from_at)
    assert (new.pk != old.pk, new.key, new.least, new.until_at) == (True, old.key, 4, None)
    assert saved(new, lead).pk == new.pk  # the same again is a second click
    with pytest.raises(IntegrityError):
        HubRuleFactory(round=round, hub=hub, key=old.key)


def test_what_was_submitted_keeps_its_outcome_and_drafts_go_by_the_new_rule(
    client: Client, round: Round, hub: MathsHub, lead: User
) -> None:
    rule = rule_of(round, hub)
    done, draft = answered(round, hub), answered(round, hub)
    application_submit(application=done, by=done.applicant, at=clock.now())
    stored = again(done).eligibility_outcomes.get()
    assert not hub_has_changed_rules(draft)

    saved(rule, lead, least=4, not_met="We ask for four.")

    assert again(done).eligibility == Eligibility.MET
    assert again(done).eligibility_outcomes.get().failures == stored.failures == []
    assert not hub_has_changed_rules(again(done))
    assert hub_has_changed_rules(again(draft))
    client.force_login(draft.applicant)
    for page in (url(draft), url(draft, "eligibility")):
        assertContains(client.get(page), "North Maths Hub has changed its own rules since you last answered")
    with pytest.raises(DomainError):
        application_submit(application=draft, by=draft.applicant, at=clock.now())
    eligibility_save(application=draft, by=draft.applicant, answers={"own": 5})
    assert not hub_has_changed_rules(again(draft))
    assertNotContains(client.get(url(draft)), "has changed its own rules")
    assert application_submit(application=draft, by=draft.applicant, at=clock.now()).submitted_at


def test_rule_under_which_somebody_submitted_with_an_earlier_answer_is_not_overwritten(
    round: Round, hub: MathsHub, lead: User
) -> None:
    first = rule_of(round, hub)
    draft = answered(round, hub, days=5)
    second = saved(first, lead, least=4)
    done = application_submit(application=draft, by=draft.applicant, at=clock.now())
    assert again(done).eligibility_outcomes.count() == 1

    third = saved(second, lead, least=9)

    second.refresh_from_db()
    assert (second.least, third.least, second.until_at) == (4, 9, third.from_at)
    assert again(done).eligibility_rules == [second]


def test_what_nobodys_answer_counts_for_changes_in_place(round: Round, hub: MathsHub, lead: User) -> None:
    first = rule_of(round, hub)
    answered(round, hub)
    second = saved(first, lead, text="On how many days a week?")

    assert saved(second, lead, least=4).pk == second.pk
    assert hub.rules.count() == 2


@pytest.mark.parametrize("act", ["add", "change", "end"])
def test_request_that_waits_in_the_queue_goes_by_the_rules_of_its_arrival(
    round: Round, hub: MathsHub, lead: User, act: str
) -> None:
    rule = rule_of(round, hub)
    draft = answered(round, hub, days=3)
    arrived = clock.now()
    if act == "add":
        hub_rule_save(round=round, hub=hub, by=lead, key="added", seen="", values=VALUES)
    elif act == "change":
        saved(rule, lead, least=9)
    else:
        hub_rule_end(round=round, hub=hub, by=lead, key=rule.key, seen=rule_seen(rule))

    if act != "end":
        with pytest.raises(DomainError):
            application_submit(application=draft, by=draft.applicant, at=clock.now())
    done = application_submit(application=draft, by=draft.applicant, at=arrived)

    assert (done.submitted_at, again(done).eligibility_rules) == (arrived, [rule])
    assert (again(done).eligibility, len(again(done).eligibility_outcomes.all())) == (Eligibility.MET, 1)


@pytest.mark.parametrize("changed", [{"text": "On how many days?"}, {"importance": "advisory", "least": 3}, {}])
def test_applicant_is_told_of_whatever_judges_them_otherwise(
    round: Round, hub: MathsHub, lead: User, changed: dict[str, Any]
) -> None:
    rule = rule_of(round, hub)
    draft = answered(round, hub)
    assert saved(rule, lead, **changed)

    assert hub_has_changed_rules(again(draft)) == bool(changed)


def test_rule_is_ended_and_nobody_who_writes_is_asked_it(
    client: Client, round: Round, hub: MathsHub, lead: User
) -> None:
    rule = rule_of(round, hub, least=4)
    draft = answered(round, hub)
    assert draft.eligibility == Eligibility.NOT_MET
    client.force_login(lead)
    end = place(hub, round, "end", key=rule.key)

    assertContains(client.get(end), "keep what was found")
    client.post(end, {"seen": "of another day"})
    assert HubRule.objects.get().until_at is None
    assertRedirects(client.post(end, {"seen": rule_seen(rule)}), reverse("hub_rules", args=[hub.slug]))

    assert HubRule.objects.get().until_at is not None
    assert (again(draft).eligibility_rules, hub_has_changed_rules(again(draft))) == ([], True)
    hub_rule_end(round=round, hub=hub, by=lead, key=rule.key, seen="")  # ended already
    done = application_submit(application=draft, by=draft.applicant, at=clock.now())
    assert (done.state, done.eligibility) == (State.SUBMITTED, Eligibility.MET)
    assertContains(client.get(reverse("hub_rules", args=[hub.slug])), "Rules that were ended")
    assert client.get(end).status_code == 404


# Two at once


def test_two_leads_never_undo_each_other_unawares(client: Client, round: Round, hub: MathsHub, lead: User) -> None:
    rule = rule_of(round, hub)
    client.force_login(lead)
    edit = place(hub, round, "edit", key=rule.key)
    page = shown(client, edit)
    saved(rule, UserFactory(hub_lead=hub), text="On how many days a week?")

    reply = client.post(edit, page | {"text": "On how many mornings?"})
    assertContains(reply, "On how many days a week?")
    assert HubRule.objects.get().text == "On how many days a week?"
    form = reply.context["form"]
    knowing = page | {"text": "On how many mornings?", "seen": form["seen"].value()}
    assertRedirects(client.post(edit, knowing), reverse("hub_rules", args=[hub.slug]))
    assert HubRule.objects.get().text == "On how many mornings?"


def test_rule_that_a_colleague_has_ended_is_not_changed_unawares(round: Round, hub: MathsHub, lead: User) -> None:
    rule = rule_of(round, hub)
    hub_rule_end(round=round, hub=hub, by=lead, key=rule.key, seen=rule_seen(rule))
    with pytest.raises(ChangedMeanwhileError, match="has ended this rule"):
        saved(rule, lead, least=9)
    again_added = hub_rule_save(round=round, hub=hub, by=lead, key=rule.key, seen="", values=VALUES)
    assert HubRule.objects.get(until_at=None) == again_added


# From round to round


def test_last_rounds_rules_are_taken_over_when_the_hub_says_so(
    client: Client, round: Round, hub: MathsHub, lead: User
) -> None:
    next_round = RoundFactory(
        complete=True, cohort=CohortFactory(programme=round.cohort.programme), opens_at=clock.now() + timedelta(days=9)
    )
    Round.objects.filter(pk=next_round.pk).update(published_at=clock.now())
    next_round.refresh_from_db()
    HubPlacesFactory(cohort=next_round.cohort, hub=hub)
    kept = rule_of(round, hub)
    rule_of(round, hub, key="gone", until_at=clock.now())
    rule_of(round, MathsHubFactory())
    client.force_login(lead)
    listed = reverse("hub_rules", args=[hub.slug])
    assertContains(client.get(listed), f"In {round.code} you had:")

    take = reverse("hub_rules_take_over", args=[hub.slug, next_round.code])
    assertRedirects(client.post(take), listed)
    client.post(take)

    (taken,) = next_round.hub_rules.all()
    assert (taken.written, taken.hub, taken.key) == (kept.written, hub, kept.key)
    assertNotContains(client.get(listed), "you had:")
    with pytest.raises(DomainError, match="already"):
        hub_rules_take_over(round=next_round, hub=hub, by=lead)
    assert "took over" in next_round.events.get(action=RoundAction.CHANGE_HUB_RULES).changes


def test_without_rules_last_time_there_is_nothing_to_take_over(
    client: Client, round: Round, hub: MathsHub, lead: User
) -> None:
    client.force_login(lead)
    assertNotContains(client.get(reverse("hub_rules", args=[hub.slug])), "you had:")
    take = reverse("hub_rules_take_over", args=[hub.slug, round.code])
    assertContains(client.post(take, follow=True), "had no rules of its own last time")
    assert HubRule.objects.count() == 0

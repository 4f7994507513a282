"""Taking a place to another school: asked, taken back, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from pytest_django.asserts import assertRedirects

from applications.enums import OPEN_CHANGE, SchoolChangeState, State, WithdrawalReason
from applications.models import Application, SchoolChange
from applications.services.applications import offer_decline
from applications.services.deferrals import deferral_ask, deferral_decide, deferral_take_back
from applications.services.school_changes import school_change_take_back
from applications.services.selection import offers_lapse
from applications.services.withdrawal import application_withdraw
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.dashboards.invariants import broken_invariants
from mastery_hub.messaging.models import Email
from tests.applications.applicants import url
from tests.applications.school_changes.steps import AGREE, HAND_ON, HEAD, REFUSE, ask, decide, taken, told
from tests.applications.test_withdrawal import accepted
from tests.factories.applications import (
    ApplicationFactory,
    DeferralFactory,
    EligibilityQuestionFactory,
    SchoolChangeFactory,
)
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import SchoolFactory

pytestmark = pytest.mark.django_db


def test_asking_tells_the_hub_and_changes_nothing(application, hub, new_hub, lead, school) -> None:
    Email.objects.all().delete()

    change = ask(application, school)

    application.refresh_from_db()
    assert (application.school, application.hub, taken(application, hub)) == (change.school_before, hub, 1)
    assert (change.hub_before, change.hub_after, change.email) == (hub, new_hub, "new.head@school.example")
    assert told() == {"school_change_asked_hub": lead.email}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("school", "same-school"),
        ("hub", "no-hub"),
        ("head", "own-address"),
        ("answers", "answers-missing"),
        ("failing", "words-missing"),
        ("blank", "words-missing"),
        ("school of another kind", "words-missing"),
        ("too early", "from-on"),
        ("too late", "from-on"),
    ],
)
def test_what_is_wrong_is_refused_and_what_is_right_is_asked_once(application, school, wrong, code) -> None:
    EligibilityQuestionFactory(terms=application.terms, key="days", least=3)
    application = Application.objects.get(pk=application.pk)
    right: dict[str, Any] = {"school": school, "answers": {"days": 3}}
    year = application.round.cohort.academic_year
    given = {
        "school": {"school": application.school},
        "hub": {"school": SchoolFactory()},
        "head": {"head": HEAD | {"email": application.applicant.email}},
        "answers": {"answers": {"days": -1}},
        "failing": {"answers": {"days": 2}},
        "blank": {"answers": {"days": 2}, "words": " "},
        "school of another kind": {"school": SchoolFactory(independent=True, in_hub=application.hub)},
        "too early": {"from_on": year.first_day - timedelta(days=367)},
        "too late": {"from_on": year.last_day + timedelta(days=1)},
    }[wrong]

    with pytest.raises(DomainError) as refusal:
        ask(application, **(right | given))
    assert (refusal.value.code, SchoolChange.objects.count()) == (code, 0)
    ask(application, **right)
    with pytest.raises(DomainError) as refusal:
        ask(application, **right)
    assert refusal.value.code == "asked-already"


def test_change_is_taken_back_until_it_is_decided(application, school, new_hub, lead, new_lead) -> None:
    HubPlacesFactory(cohort=application.round.cohort, hub=new_hub)
    decide(ask(application, school), lead, HAND_ON)
    Email.objects.all().delete()

    change = school_change_take_back(application=application, by=application.applicant)

    assert change.state == SchoolChangeState.TAKEN_BACK
    assert sorted(Email.objects.values_list("to", flat=True)) == sorted([lead.email, new_lead.email])
    with pytest.raises(DomainError) as refusal:
        school_change_take_back(application=application, by=application.applicant)
    assert refusal.value.code == "nothing-asked"


# beside


def test_whoever_asks_to_defer_does_not_move_school_meanwhile(application, school) -> None:
    deferral_ask(application=application, by=application.applicant, reason="A child.")
    with pytest.raises(DomainError) as refusal:
        ask(application, school)
    assert (refusal.value.code, SchoolChange.objects.count()) == ("deferring", 0)

    deferral_take_back(application=application, by=application.applicant)
    assert ask(application, school).state == SchoolChangeState.ASKED


def test_whoever_moves_school_does_not_ask_to_defer_meanwhile(application, school) -> None:
    ask(application, school)
    with pytest.raises(DomainError) as refusal:
        deferral_ask(application=application, by=application.applicant, reason="A child.")
    assert (refusal.value.code, application.deferrals.count()) == ("moving", 0)

    school_change_take_back(application=application, by=application.applicant)
    assert deferral_ask(application=application, by=application.applicant, reason="A child.").state == "asked"


def test_page_offers_neither_while_one_is_asked(client: Client, application, school) -> None:
    links = [url(application, "school_change") + '"', url(application, "defer") + '"']
    client.force_login(application.applicant)

    def offered() -> list[bool]:
        page = client.get(url(application)).content.decode()
        return [link in page for link in links]

    assert offered() == [True, True]
    ask(application, school)
    assert offered() == [False, False]
    assertRedirects(client.get(url(application, "defer")), url(application))
    school_change_take_back(application=application, by=application.applicant)
    deferral_ask(application=application, by=application.applicant, reason="A child.")
    assert offered() == [False, False]
    assertRedirects(client.get(url(application, "school_change")), url(application))


@pytest.mark.parametrize("end", ["withdraws", "declines", "lapses"])
def test_request_does_not_outlive_the_place(end, hub, new_hub, school, time_machine) -> None:
    application = accepted(hub=hub) if end == "withdraws" else ApplicationFactory(state=State.OFFERED, hub=hub)
    change, by = ask(application, school), application.applicant

    if end == "withdraws":
        application_withdraw(application=application, by=by, why=WithdrawalReason.PERSONAL)
    elif end == "declines":
        offer_decline(application=application, by=by, at=clock.now(), reason="")
    else:
        time_machine.move_to(clock.now() + timedelta(days=60))
        assert offers_lapse() == 1

    change.refresh_from_db()
    last = change.events.last()
    assert (change.state, last.action, last.by.is_system) == ("taken_back", "take_back", end == "lapses")
    assert "Who asks to change school holds a place" not in broken_invariants()


def test_one_question_is_decided_before_the_other(application, school, lead) -> None:
    change = ask(application, school)
    deferral = DeferralFactory(application=application)

    with pytest.raises(DomainError, match="Decide first whether this person may begin in the next cohort"):
        decide(change, lead, AGREE)
    with pytest.raises(DomainError, match="Decide first on the change of school"):
        deferral_decide(deferral=deferral, by=lead, grant=True, reason="Yes.")

    decide(change, lead, REFUSE)
    assert deferral_decide(deferral=deferral, by=lead, grant=True, reason="Yes.").state == "granted"


@pytest.mark.parametrize("state", sorted(SchoolChangeState))
def test_database_keeps_one_open_change_an_application(state) -> None:
    first = SchoolChangeFactory(state=state)
    if state in OPEN_CHANGE:
        with pytest.raises(IntegrityError, match="one_open_school_change"):
            SchoolChangeFactory(application=first.application)
    else:
        SchoolChangeFactory(application=first.application)

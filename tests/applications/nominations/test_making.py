"""Who may nominate whom, for which round, and what is sent then."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress

from applications.models import Nomination, Round
from applications.models.nominations import BETWEEN_SENDINGS
from applications.services.applications import application_start
from applications.services.nominations import (
    AN_HOUR,
    nomination_correct,
    nomination_decline,
    nomination_make,
    nomination_person,
    nomination_withdraw,
)
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_body
from tests.applications.nominations.steps import INSTANT, refused, told
from tests.factories.accounts import UserFactory
from tests.factories.applications import ExtensionFactory, RoundFactory
from tests.factories.directory import SchoolFactory

pytestmark = pytest.mark.django_db
TEACHER = {"first_name": "Sam", "last_name": "Okoro", "email": "Sam.Okoro@School.example ", "reason": "The best."}
Make = Callable[..., Nomination]


@pytest.fixture
def make(round: Round, school: School) -> Make:
    def nominate(**changed: Any) -> Nomination:
        given = {"round": round, "by": UserFactory(), "at": clock.now(), "school": school, "role": "Head of maths"}
        return nomination_make(**(given | TEACHER | changed))

    return nominate


def test_school_nominates_and_its_hub_is_told(make: Make, hub: MathsHub, school: School) -> None:
    lead = UserFactory(hub_lead=hub)
    by = UserFactory(first_name="Jane", last_name="Moss")

    made = make(by=by)

    assert (made.state, made.email, made.home_hub, made.school, made.hub) == (
        "invited",
        "sam.okoro@school.example",
        hub,
        school,
        None,
    )
    assert made.nominator == f"Jane Moss, head of maths at {school}"
    assert told("nomination_invited") == ["sam.okoro@school.example"]
    assert told("nomination_made_hub") == [lead.email]
    assert made.events.get().action == "nominate"
    assert by.memberships.count() == 0


def test_letter_to_the_nominee_carries_no_words_of_the_nominators(make: Make, hub: MathsHub) -> None:
    lead = UserFactory(hub_lead=hub)
    made = make(reason="Buy cheap watches")
    sent = Email.objects.get(kind="nomination_invited")
    told_hub = Email.objects.get(kind="nomination_made_hub")

    assert [made.reason in email_body(each).text for each in (sent, told_hub)] == [False, True]
    assert told_hub.to == lead.email


def test_hub_lead_nominates_for_their_hub_alone(make: Make, hub: MathsHub) -> None:
    ours = {"school": None, "role": "", "hub": hub}
    lead, colleague = UserFactory(hub_lead=hub), UserFactory(hub_lead=hub)

    for stranger in (UserFactory(), UserFactory(hub_lead=True), UserFactory(hub_reviewer=hub), UserFactory(ncetm=True)):
        refused(lambda stranger=stranger: make(by=stranger, **ours), "not-allowed")
    made = make(by=lead, **ours)

    assert (made.hub, made.home_hub, made.nominator) == (hub, hub, f"{lead} of {hub}")
    assert told("nomination_made_hub") == [colleague.email]


def test_hub_that_does_not_take_part_nominates_nobody(make: Make, round: Round, hub: MathsHub) -> None:
    lead = UserFactory(hub_lead=hub)
    ours = {"by": lead, "school": None, "role": "", "hub": hub}
    round.cohort.hub_places.update(places=0)
    refused(lambda: make(**ours), "not-recruiting")

    round.cohort.hub_places.update(places=1)
    make(**ours)


def test_nobody_nominates_themselves_by_any_of_their_addresses(make: Make, hub: MathsHub) -> None:
    lead = UserFactory(hub_lead=hub)
    EmailAddress.objects.create(user=lead, email=TEACHER["email"].strip().lower(), verified=True)

    refused(lambda: make(by=lead), "own-address")
    refused(lambda: make(by=lead, school=None, role="", hub=hub), "own-address")
    make(by=UserFactory(hub_lead=hub), school=None, role="", hub=hub)


def test_one_person_is_nominated_once_for_a_round(make: Make) -> None:
    first = make()
    refused(make, "already-nominated")

    teacher = UserFactory(email=first.email)
    EmailAddress.objects.create(user=teacher, email="sam@home.example", verified=True)
    refused(lambda: make(email="sam@home.example"), "already-nominated")

    make(round=RoundFactory(complete=True, by_nomination=True))
    nomination_withdraw(nomination=first, by=first.nominated_by)
    make()


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"role": " "}, "role-missing"), ({"reason": " "}, "reason-missing")],
)
def test_nomination_says_who_and_why(make: Make, changed: dict[str, str], code: str) -> None:
    refused(lambda: make(**changed), code)
    make()


def test_school_of_no_hub_cannot_nominate(make: Make) -> None:
    refused(lambda: make(school=SchoolFactory()), "no-hub")


def test_round_that_needs_no_nomination_takes_none(make: Make) -> None:
    refused(lambda: make(round=RoundFactory(complete=True)), "not-by-nomination")


def test_nominating_ends_with_the_round_or_the_hubs_own_time(make: Make, round: Round, hub: MathsHub) -> None:
    refused(lambda: make(at=round.closes_at), "closed")
    refused(lambda: make(at=round.opens_at - INSTANT), "closed")
    assert make(at=round.closes_at - INSTANT).link_expires_at <= round.closes_at

    given = ExtensionFactory(round=round, hub=hub)
    made = make(at=round.closes_at, email="other@school.example")
    assert made.closes_at == given.closes_at


def test_many_letters_in_an_hour_are_too_many(make: Make, time_machine: Any) -> None:
    by = UserFactory()
    for number in range(AN_HOUR):
        make(by=by, email=f"teacher{number}@school.example")
    refused(lambda: make(by=by), "too-many")

    time_machine.move_to(clock.now() + timedelta(hours=1, seconds=1))
    make(by=by)


def test_names_of_a_new_nominator_are_kept(make: Make) -> None:
    by = UserFactory(first_name="", last_name="")

    make(by=by, own_names={"first_name": "Jane", "last_name": "Moss"})

    assert User.objects.get(pk=by.pk).full_name == "Jane Moss"


def test_nobody_nominates_themselves_by_a_label(make: Make) -> None:
    by = UserFactory(email="jo@school.example")
    EmailAddress.objects.create(user=by, email="jo@home.example", verified=True)

    refused(lambda: make(by=by, email="Jo+x@school.example"), "own-address")
    refused(lambda: make(by=by, email="jo+x@home.example"), "own-address")
    make(by=by, email="jon+x@school.example")


def test_whether_a_round_is_by_nomination_is_read_afresh(make: Make, round: Round) -> None:
    old = Round.objects.get(pk=round.pk)
    Round.objects.update(by_nomination=False)
    refused(lambda: make(round=old), "not-by-nomination")

    old, teacher = Round.objects.get(pk=round.pk), UserFactory()
    Round.objects.update(by_nomination=True)
    begin = {"by": teacher, "round": old, "document": old.current_document, "at": clock.now()}
    refused(lambda: application_start(**begin), "not-nominated")
    Round.objects.update(by_nomination=False)
    application_start(**begin)


@pytest.mark.parametrize("end", ["withdrawn", "declined"])
def test_one_address_has_one_letter_in_five_days(make: Make, time_machine: Any, end: str) -> None:
    time_machine.move_to(clock.now(), tick=False)
    by = UserFactory()
    made = make(by=by)
    if end == "withdrawn":
        nomination_withdraw(nomination=made, by=by)
    else:
        nomination_decline(nomination=made, by=nomination_person(made), at=clock.now(), reason="No")

    refused(lambda: make(by=by), "too-soon")
    make(by=by, email="other@school.example")
    time_machine.move_to(clock.now() + BETWEEN_SENDINGS - INSTANT, tick=False)
    refused(lambda: make(by=by), "too-soon")
    time_machine.move_to(clock.now() + INSTANT, tick=False)
    make(by=by)


def test_correcting_to_and_fro_sends_one_letter_to_each(make: Make) -> None:
    by = UserFactory()
    made = make(by=by)
    correct = {"nomination": made, "by": by, "at": clock.now(), "first_name": "Sam", "last_name": "Okoro"}

    nomination_correct(**correct, email="right@school.example")
    refused(lambda: nomination_correct(**correct, email=TEACHER["email"]), "too-soon")
    nomination_correct(**correct, email="third@school.example")

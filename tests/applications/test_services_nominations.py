"""A nomination: who may make one, of whom, how long it stands, and what accepting begins."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress

from applications.enums import NominationState, State
from applications.models import Application, Nomination, Round
from applications.models.nominations import BETWEEN_SENDINGS, LINK_LASTS
from applications.services.applications import application_start
from applications.services.nominations import (
    AN_HOUR,
    nomination_accept,
    nomination_correct,
    nomination_decline,
    nomination_make,
    nomination_person,
    nomination_send_again,
    nomination_withdraw,
    nominations_lapse,
)
from applications.tasks import nominations_lapse as lapse_task
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_body
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, ExtensionFactory, NominationFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db
INSTANT = timedelta(microseconds=1)
TEACHER = {"first_name": "Sam", "last_name": "Okoro", "email": "Sam.Okoro@School.example ", "reason": "The best."}
Make = Callable[..., Nomination]


@pytest.fixture
def hub() -> MathsHub:
    return MathsHubFactory()


@pytest.fixture
def school(hub: MathsHub) -> School:
    return SchoolFactory(in_hub=hub)


@pytest.fixture
def round(hub: MathsHub) -> Round:
    round = RoundFactory(complete=True, by_nomination=True)
    HubPlacesFactory(cohort=round.cohort, hub=hub)
    return round


@pytest.fixture
def make(round: Round, school: School) -> Make:
    def nominate(**changed: Any) -> Nomination:
        given = {"round": round, "by": UserFactory(), "at": clock.now(), "school": school, "role": "Head of maths"}
        return nomination_make(**(given | TEACHER | changed))

    return nominate


def told(kind: str) -> list[str]:
    return list(Email.objects.filter(kind=kind).order_by("pk").values_list("to", flat=True))


def refused(call: Callable[[], object], code: str) -> None:
    before = (Nomination.objects.count(), Email.objects.count(), list(Nomination.objects.values_list("state", "email")))
    with pytest.raises(DomainError) as error:
        call()
    assert error.value.code == code
    assert before == (
        Nomination.objects.count(),
        Email.objects.count(),
        list(Nomination.objects.values_list("state", "email")),
    )


# Making one


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


# Sending again, correcting


def test_link_is_sent_again_after_five_days(time_machine: Any) -> None:
    made = NominationFactory()
    by, old = made.nominated_by, made.token_hash

    refused(lambda: nomination_send_again(nomination=made, by=by, at=clock.now()), "too-soon")
    time_machine.move_to(made.sent_at + BETWEEN_SENDINGS, tick=False)
    refused(lambda: nomination_send_again(nomination=made, by=UserFactory(), at=clock.now()), "not-allowed")
    email = nomination_send_again(nomination=made, by=by, at=clock.now())

    made.refresh_from_db()
    assert (email.kind, email.to, made.token_hash != old, made.sent_at) == (
        "nomination_reminder",
        made.email,
        True,
        clock.now(),
    )
    refused(lambda: nomination_send_again(nomination=made, by=by, at=clock.now()), "too-soon")


def test_another_address_gets_a_link_and_the_old_one_dies() -> None:
    made = NominationFactory(token="old")
    by = made.nominated_by
    names = {"first_name": "Samuel", "last_name": "Okoro"}

    nomination_correct(nomination=made, by=by, at=clock.now(), email="right@school.example", **names)

    made.refresh_from_db()
    assert (made.full_name, made.email, made.token_hash == token_hash("old")) == (
        "Samuel Okoro",
        "right@school.example",
        False,
    )
    assert told("nomination_invited") == ["right@school.example"]


def test_time_is_that_of_the_new_address() -> None:
    """More time was given to whoever has the address before."""
    teacher = UserFactory()
    made = NominationFactory(email=teacher.email)
    given = ExtensionFactory(round=made.round, hub=None, applicant=teacher)
    late = {"nomination": made, "by": made.nominated_by, "at": made.round.closes_at}
    names = {"first_name": "Sam", "last_name": "Oko"}

    refused(lambda: nomination_correct(**late, **names, email="other@school.example"), "closed")
    nomination_correct(**late, **names, email=made.email)
    assert given.closes_at > made.round.closes_at


def test_name_alone_is_put_right_without_a_letter() -> None:
    made = NominationFactory(token="same")

    nomination_correct(
        nomination=made, by=made.nominated_by, at=clock.now(), first_name="Samuel", last_name="Oko", email=made.email
    )

    made.refresh_from_db()
    assert (made.full_name, made.token_hash, Email.objects.count()) == ("Samuel Oko", token_hash("same"), 0)


def test_address_is_corrected_to_no_ones_own_and_to_nobody_nominated() -> None:
    made = NominationFactory()
    other = NominationFactory(round=made.round)
    names = {"first_name": "Sam", "last_name": "Okoro"}

    def correct(email: str, by: User = made.nominated_by) -> Callable[[], object]:
        return lambda: nomination_correct(nomination=made, by=by, at=clock.now(), email=email, **names)

    refused(correct(made.nominated_by.email), "own-address")
    refused(correct(other.email), "already-nominated")
    refused(correct("free@school.example", by=UserFactory()), "not-allowed")
    correct("free@school.example")()


@pytest.mark.parametrize("state", [s for s in NominationState if s != NominationState.INVITED])
def test_what_is_answered_or_ended_is_changed_no_more(state: str, time_machine: Any) -> None:
    made = NominationFactory(state=state)
    time_machine.move_to(made.sent_at + BETWEEN_SENDINGS, tick=False)
    change = {"nomination": made, "by": made.nominated_by, "at": clock.now()}

    refused(lambda: nomination_send_again(**change), "stale")
    refused(lambda: nomination_correct(**change, first_name="A", last_name="B", email="b@school.example"), "stale")


def test_nothing_is_sent_again_once_the_round_has_closed(time_machine: Any) -> None:
    made = NominationFactory()
    change = {"nomination": made, "by": made.nominated_by}

    refused(lambda: nomination_send_again(**change, at=made.round.closes_at), "closed")


# Answering


@pytest.fixture
def invited(round: Round, school: School, hub: MathsHub) -> Nomination:
    return NominationFactory(round=round, school=school, home_hub=hub)


def accept(nomination: Nomination, by: User, at: Any = None) -> Application:
    document = nomination.round.current_document
    return nomination_accept(nomination=nomination, by=by, document=document, at=at or clock.now())


def test_accepting_begins_an_application_with_name_and_school(invited: Nomination, school: School) -> None:
    teacher = UserFactory(email=invited.email, first_name="", last_name="")

    application = accept(invited, teacher)

    invited.refresh_from_db()
    assert (invited.state, invited.nominee) == ("accepted", teacher)
    assert (application.state, application.school, application.nomination) == (State.DRAFT, school, invited)
    assert User.objects.get(pk=teacher.pk).full_name == "Sam Okoro"
    assert told("nomination_accepted") == [invited.nominated_by.email]


def test_known_name_stays(invited: Nomination) -> None:
    teacher = UserFactory(email=invited.email, first_name="Samantha", last_name="O")
    accept(invited, teacher)
    assert User.objects.get(pk=teacher.pk).full_name == "Samantha O"


def test_nominee_of_a_hub_says_which_school(round: Round, hub: MathsHub) -> None:
    invited = NominationFactory(round=round, by_hub=True, home_hub=hub)
    assert accept(invited, UserFactory(email=invited.email)).school is None


def test_only_whoever_has_proven_the_address_accepts(invited: Nomination) -> None:
    unproven = UserFactory(email=invited.email, proven=False)
    unproven.emailaddress_set.create(email=invited.email, verified=False)

    refused(lambda: accept(invited, unproven), "not-allowed")
    refused(lambda: accept(invited, UserFactory()), "not-allowed")
    unproven.emailaddress_set.update(verified=True)
    accept(invited, unproven)


def test_nominator_who_proves_the_address_later_may_not_answer(invited: Nomination) -> None:
    by = invited.nominated_by
    EmailAddress.objects.create(user=by, email=invited.email, verified=True)

    refused(lambda: accept(invited, by), "not-allowed")
    refused(lambda: nomination_decline(nomination=invited, by=by, at=clock.now(), reason="No"), "not-allowed")


def test_answer_is_in_time_to_the_instant(invited: Nomination) -> None:
    teacher, end = UserFactory(email=invited.email), invited.link_expires_at

    refused(lambda: accept(invited, teacher, at=end), "expired")
    refused(lambda: nomination_decline(nomination=invited, by=teacher, at=end, reason="No"), "expired")
    accept(invited, teacher, at=end - INSTANT)


def test_refusal_to_begin_leaves_the_nomination_as_it_was(invited: Nomination) -> None:
    teacher = UserFactory(email=invited.email)
    old = invited.round.current_document
    type(old).objects.create(round=invited.round, version=old.version + 1, title="New", body="New")

    with pytest.raises(DomainError) as error:
        nomination_accept(nomination=invited, by=teacher, document=old, at=clock.now())
    invited.refresh_from_db()
    assert (error.value.code, invited.state, Application.objects.count()) == ("document-outdated", "invited", 0)


def test_second_nomination_of_one_person_is_not_accepted(invited: Nomination) -> None:
    teacher = UserFactory(email=invited.email)
    EmailAddress.objects.create(user=teacher, email="sam@home.example", verified=True)
    given = {"round": invited.round, "school": invited.school, "home_hub": invited.home_hub}
    second = NominationFactory(**given, email="sam@home.example")
    application = accept(invited, teacher)

    refused(lambda: accept(second, teacher), "already")
    Application.objects.filter(pk=application.pk).update(state=State.DELETED)
    refused(lambda: accept(second, teacher), "already")
    Nomination.objects.filter(pk=invited.pk).update(state="withdrawn")
    accept(second, teacher)


def test_whoever_writes_already_accepts_nothing(invited: Nomination) -> None:
    """Begun before the round was by nomination."""
    teacher = UserFactory(email=invited.email)
    begun = ApplicationFactory(round=invited.round, applicant=teacher)

    refused(lambda: accept(invited, teacher), "already")
    Application.objects.filter(pk=begun.pk).update(state=State.WITHDRAWN)
    accept(invited, teacher)


@pytest.mark.parametrize("left", [False, True])
def test_what_a_hub_nominated_is_told_to_whoever_leads_it(round: Round, hub: MathsHub, left: bool) -> None:
    by = UserFactory() if left else UserFactory(hub_lead=hub)
    lead = UserFactory(hub_lead=hub)
    made = NominationFactory(round=round, by_hub=True, home_hub=hub, nominated_by=by)

    nomination_decline(nomination=made, by=nomination_person(made), at=clock.now(), reason="My health")

    letter = Email.objects.get(kind="nomination_declined")
    assert (letter.to, "My health" in email_body(letter).text) == ((lead.email, False) if left else (by.email, True))


def test_declining_tells_the_nominator_why(invited: Nomination) -> None:
    by = nomination_person(invited)
    refused(lambda: nomination_decline(nomination=invited, by=by, at=clock.now(), reason=" "), "reason-missing")
    nomination_decline(nomination=invited, by=by, at=clock.now(), reason="Not this year")

    invited.refresh_from_db()
    assert (invited.state, invited.nominee, invited.decline_reason) == ("declined", by, "Not this year")
    assert (
        "Not this year" in email_body(Email.objects.get(kind="nomination_declined", to=invited.nominated_by.email)).text
    )


def test_withdrawing_tells_the_teacher(invited: Nomination) -> None:
    nomination_withdraw(nomination=invited, by=invited.nominated_by)

    assert told("nomination_withdrawn") == [invited.email]
    refused(lambda: accept(invited, UserFactory(email=invited.email)), "stale")


# Beginning


def test_round_by_nomination_is_begun_by_nominees_alone(round: Round) -> None:
    teacher = UserFactory()

    def start(by: User) -> Application:
        return application_start(by=by, round=round, document=round.current_document, at=clock.now())

    refused(lambda: start(teacher), "not-nominated")
    NominationFactory(round=round, email=teacher.email)  # which is not accepted
    refused(lambda: start(teacher), "not-nominated")
    NominationFactory(state="accepted", nominee=teacher, email="elsewhere@school.example")  # to another round
    refused(lambda: start(teacher), "not-nominated")

    accepted = NominationFactory(round=round, state="accepted")
    application = start(accepted.nominee)
    assert application.nomination == accepted
    Application.objects.filter(pk=application.pk).update(state=State.DELETED)
    assert start(accepted.nominee).nomination == accepted


# Lapsing


def test_unanswered_nomination_lapses_after_its_link(invited: Nomination, time_machine: Any) -> None:
    Round.objects.update(closes_at=clock.now() + timedelta(days=90))
    invited.round.refresh_from_db()
    end = invited.sent_at + LINK_LASTS

    time_machine.move_to(end + GRACE - timedelta(seconds=1), tick=False)
    assert nominations_lapse() == 0
    time_machine.move_to(end + GRACE, tick=False)
    lapse_task()

    invited.refresh_from_db()
    assert invited.state == "lapsed"
    assert "The round is still open" in email_body(Email.objects.get(kind="nomination_lapsed")).text


def test_unanswered_nomination_lapses_with_its_round_or_its_hubs_time(
    invited: Nomination, hub: MathsHub, time_machine: Any
) -> None:
    Nomination.objects.update(sent_at=invited.round.closes_at - timedelta(days=2))
    given = ExtensionFactory(round=invited.round, hub=hub)

    time_machine.move_to(invited.round.closes_at + GRACE, tick=False)
    assert nominations_lapse() == 0
    time_machine.move_to(given.closes_at + GRACE, tick=False)
    assert nominations_lapse() == 1
    assert "The round has closed" in email_body(Email.objects.get(kind="nomination_lapsed")).text


@pytest.mark.parametrize("state", [s for s in NominationState if s != NominationState.INVITED])
def test_only_what_waits_lapses(state: str, time_machine: Any) -> None:
    made = NominationFactory(state=state)
    time_machine.move_to(made.round.closes_at + GRACE, tick=False)

    assert nominations_lapse() == 0


def test_whoever_has_an_application_keeps_it() -> None:
    """The twin of `not-nominated`."""
    nomination = NominationFactory(state="accepted")
    application = ApplicationFactory(round=nomination.round, applicant=nomination.nominee, nomination=nomination)
    Nomination.objects.update(state="withdrawn")
    again = application_start(
        by=application.applicant,
        round=application.round,
        document=application.round.current_document,
        at=clock.now(),
    )
    assert again == application

"""A candidate without a place, referred to a neighbouring hub: asked, consented to, taken on, declined, lapsed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from applications.enums import (
    OPEN_REFERRAL,
    Action,
    Outcome,
    ReferralAction,
    ReferralState,
    State,
    WithdrawalReason,
)
from applications.models import Application, CaseHolder, Referral, ReferralEvent
from applications.permissions import can_read_referred, can_refer, can_see_evidence
from applications.reminders import referrals as waiting_for_an_answer
from applications.services.engines import APPLICATION, REFERRAL
from applications.services.referrals import (
    referral_accept,
    referral_agree,
    referral_ask,
    referral_consent,
    referral_decline,
    referral_dismiss,
    referral_refuse,
    referral_take_back,
    referrals_lapse,
)
from applications.services.selection import decision_propose
from applications.services.withdrawal import application_withdraw
from applications.workflow import REFERRAL_TRANSITIONS
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    DeferralFactory,
    EligibilityExceptionFactory,
    HeadteacherSupportFactory,
    ReferralFactory,
)
from tests.factories.casework import CaseHolderFactory
from tests.factories.cohorts import HubPlacesFactory

pytestmark = pytest.mark.django_db

WHY = "A strong candidate, for whom we have no place."


@pytest.fixture
def lead() -> User:
    return UserFactory(hub_lead=True)


@pytest.fixture
def hub(lead: User) -> MathsHub:
    return lead.current_memberships[0].hub


@pytest.fixture
def other_lead() -> User:
    return UserFactory(hub_lead=True)


@pytest.fixture
def other_hub(other_lead: User) -> MathsHub:
    return other_lead.current_memberships[0].hub


@pytest.fixture
def application(hub: MathsHub, other_hub: MathsHub) -> Application:
    application = ApplicationFactory(state=State.RESERVED, hub=hub)
    hub.neighbours.add(other_hub)
    HubPlacesFactory(cohort=application.round.cohort, hub=other_hub, places=2)
    return application


def in_state(application: Application, other_hub: MathsHub, state: str) -> Referral:
    return ReferralFactory(application=application, to_hub=other_hub, state=state)


def emails(*kinds: str) -> list[tuple[str, str]]:
    return sorted(Email.objects.filter(kind__in=kinds).values_list("kind", "to"))


def refused(call: Any) -> str:
    with pytest.raises(DomainError) as error, transaction.atomic():
        call()
    return error.value.code


# The life cycle


def people_of(referral: Referral) -> dict[str, User]:
    return {
        "lead who refers": UserFactory(hub_lead=referral.from_hub),
        "lead of the other hub": UserFactory(hub_lead=referral.to_hub),
        "applicant": referral.application.applicant,
        "system": User.objects.system(),
        "reviewer": UserFactory(hub_reviewer=referral.from_hub),
        "administrator of the other hub": UserFactory(hub_administrator=referral.to_hub),
        "lead of a third hub": UserFactory(hub_lead=True),
        "NCETM administrator": UserFactory(ncetm=True),
        "another teacher": UserFactory(),
    }


def allowed(action: str, state: str, role: str) -> bool:
    if state not in REFERRAL_TRANSITIONS[action][0]:
        return False
    actors = {
        ReferralAction.AGREE: {"lead who refers"},
        ReferralAction.DISMISS: {"lead who refers"},
        ReferralAction.CONSENT: {"applicant"},
        ReferralAction.REFUSE: {"applicant"},
        ReferralAction.ACCEPT: {"lead of the other hub"},
        ReferralAction.DECLINE: {"lead of the other hub"},
        ReferralAction.TAKE_BACK: {"lead who refers", "system"},
        ReferralAction.LAPSE: {"system"},
    }[ReferralAction(action)]
    if action == ReferralAction.TAKE_BACK and state == ReferralState.CONSENTED:
        actors = actors | {"applicant"}
    return role in actors


def test_every_action_state_and_role(application, other_hub) -> None:
    people = people_of(in_state(application, other_hub, "refused"))
    decided = {"decided_by": people["system"], "decided_at": clock.now(), "decision_reason": "So."}
    asked = {"asked_by": people["system"], "asked_at": clock.now(), "words": "So."}
    changes = {
        ReferralAction.AGREE: asked,
        ReferralAction.CONSENT: {"consented_at": clock.now()},
        **dict.fromkeys((ReferralAction.ACCEPT, ReferralAction.DECLINE, ReferralAction.DISMISS), decided),
    }
    moved = 0
    for state in ReferralState:
        sid = transaction.savepoint()
        referral = in_state(application, other_hub, state)
        before = Referral.objects.values().get(pk=referral.pk), ReferralEvent.objects.count()
        for action, (_, target) in REFERRAL_TRANSITIONS.items():
            for role, person in people.items():
                inner, case = transaction.savepoint(), f"{action} by {role} of one that is {state}"
                if allowed(action, state, role):
                    row, event = REFERRAL.move(referral, action, by=person, **changes.get(ReferralAction(action), {}))
                    assert (row.state, event.from_state, event.to_state) == (target, state, target), case
                    moved += 1
                else:
                    assert refused(lambda a=action, p=person, r=referral: REFERRAL.move(r, a, by=p)), case
                    now = Referral.objects.values().get(pk=referral.pk), ReferralEvent.objects.count()
                    assert now == before, case
                transaction.savepoint_rollback(inner)
            wanted = {a for a in REFERRAL_TRANSITIONS if allowed(a, state, "applicant")}
            assert set(REFERRAL.available(referral, people["applicant"])) == wanted
        transaction.savepoint_rollback(sid)
    assert moved == 14


@pytest.mark.parametrize("state", ["reserved", "unsuccessful"])
def test_from_asking_to_taking_on(application, lead, other_lead, hub, other_hub, state) -> None:
    Application.objects.filter(pk=application.pk).update(state=state, shown_state=state)
    application.refresh_from_db()
    support = HeadteacherSupportFactory(application=application, state="signed")
    CaseHolderFactory(application=application, person=lead)
    person = application.applicant

    referral = referral_ask(application=application, by=lead, to_hub=other_hub, reason=WHY)
    assert (referral.state, referral.words, referral.asked_by) == ("asked", WHY, lead)
    assert emails("referral_asked", "referral_received_hub") == [("referral_asked", person.email)]

    referral = referral_consent(referral=referral, by=person, at=clock.now())
    assert emails("referral_received_hub") == [("referral_received_hub", other_lead.email)]

    referral = referral_accept(referral=referral, by=other_lead, reason="We look forward to reading it.")
    application = Application.objects.get(pk=application.pk)
    assert (application.hub, application.state, application.shown_state) == (other_hub, "complete", "complete")
    assert application.hub_reason == f"Referred by {hub}: {WHY}"
    assert application.events.last().action == Action.TAKE_ON
    assert HubPlaces.objects.get(hub=other_hub, cohort=application.round.cohort).taken == 0
    assert CaseHolder.objects.current().count() == 0
    told = emails("referral_accepted", "referral_accepted_headteacher")
    assert told == [("referral_accepted", person.email), ("referral_accepted_headteacher", support.email)]

    decision_propose(application=application, by=other_lead, outcome=Outcome.OFFER, feedback="")
    assert HubPlaces.objects.get(hub=other_hub, cohort=application.round.cohort).taken == 1


def test_referred_home_needs_no_reason(application, other_lead, other_hub) -> None:
    Application.objects.filter(pk=application.pk).update(home_hub=other_hub, hub_reason="I have worked with it.")
    referral_accept(referral=in_state(application, other_hub, "consented"), by=other_lead, reason="Yes.")

    application.refresh_from_db()
    assert (application.hub, application.hub_reason) == (other_hub, "")


def test_declined_is_as_it_was(application, hub, other_lead, other_hub) -> None:
    referral = referral_decline(
        referral=in_state(application, other_hub, "consented"), by=other_lead, reason="No time."
    )

    application.refresh_from_db()
    assert (referral.state, application.hub, application.state) == ("declined", hub, "reserved")
    assert emails("referral_declined") == [("referral_declined", application.applicant.email)]


def test_refused_by_the_applicant(application, hub, other_hub) -> None:
    referral = referral_refuse(referral=in_state(application, other_hub, "asked"), by=application.applicant)

    application.refresh_from_db()
    assert (referral.state, application.hub, application.state) == ("refused", hub, "reserved")
    assert emails("referral_received_hub", "referral_gone_hub") == []


def test_what_ncetm_proposes_goes_by_the_hub_first(application, lead, other_hub) -> None:
    referral = in_state(application, other_hub, "proposed")
    assert emails("referral_asked") == []

    referral = referral_agree(referral=referral, by=lead, reason=WHY)

    assert (referral.state, referral.asked_by, referral.words) == ("asked", lead, WHY)
    assert emails("referral_asked") == [("referral_asked", application.applicant.email)]


def test_what_ncetm_proposes_is_dismissed_without_the_applicant_hearing(application, lead, other_hub) -> None:
    referral = referral_dismiss(
        referral=in_state(application, other_hub, "proposed"), by=lead, reason="They move away."
    )

    assert (referral.state, referral.asked_at, Email.objects.count()) == ("dismissed", None, 0)


# Who may refer whom where


def test_only_a_lead_refers_and_only_who_knows_of_no_place(application, lead, hub) -> None:
    assert can_refer(lead, application)
    assert not can_refer(UserFactory(hub_reviewer=hub), application)
    assert not can_refer(UserFactory(ncetm=True), application)
    assert not can_refer(lead, ApplicationFactory(state=State.RESERVED, hub=hub, applicant=lead))
    for state in set(State) - {State.RESERVED, State.UNSUCCESSFUL}:
        assert not can_refer(lead, ApplicationFactory(state=state, hub=hub)), state


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda w: None, None),
        (lambda w: w["hub"].neighbours.clear(), "not-neighbour"),
        (lambda w: w["places"].update(places=0), "no-places"),
        (lambda w: w["places"].update(taken=2), "no-places"),
        (lambda w: w["places"].delete(), "not-recruiting"),
        (lambda w: ReferralFactory(application=w["application"]), "asked-already"),
        (lambda w: ReferralFactory(application=w["application"], state="proposed"), "asked-already"),
        (lambda w: ReferralFactory(application=w["application"], state="declined"), None),
        (lambda w: Application.objects.update(eligibility="refused"), "barred"),
        (lambda w: Application.objects.update(state="withdrawn", shown_state="withdrawn"), "not-allowed"),
    ],
)
def test_where_one_may_refer(application, lead, hub, other_hub, change, code) -> None:
    places = HubPlaces.objects.filter(cohort=application.round.cohort, hub=other_hub)
    change({"hub": hub, "application": application, "places": places})
    before = Referral.objects.count()

    call = lambda: referral_ask(application=application, by=lead, to_hub=other_hub, reason=WHY)  # noqa: E731

    assert (call().state if code is None else refused(call)) == (code or "asked")
    assert Referral.objects.count() == before + (code is None)


def test_place_that_is_kept_for_somebody_else_is_none(application, lead, other_hub) -> None:
    cohort = application.round.cohort
    HubPlaces.objects.filter(cohort=cohort, hub=other_hub).update(places=1)
    before = {"round__cohort__programme": cohort.programme, "round__cohort__starts": cohort.starts - 1}
    earlier = ApplicationFactory(state=State.DEFERRED, hub=other_hub, **before)
    deferral = DeferralFactory(application=earlier, state="granted")

    call = lambda: referral_ask(application=application, by=lead, to_hub=other_hub, reason=WHY)  # noqa: E731
    assert refused(call) == "no-places"

    type(deferral).objects.filter(pk=deferral.pk).update(state="given_up")
    assert call().state == "asked"


def test_reason_is_written(application, lead, other_hub) -> None:
    assert refused(lambda: referral_ask(application=application, by=lead, to_hub=other_hub, reason=" ")) == (
        "reason-missing"
    )


def test_database_keeps_one_open_referral_an_application(application) -> None:
    ReferralFactory(application=application, state="declined")
    ReferralFactory(application=application)
    with pytest.raises(IntegrityError, match="one_open_referral"):
        ReferralFactory(application=application, state="proposed")


# What changed meanwhile


def test_consent_after_the_place_is_gone_waits_for_another(application, other_hub) -> None:
    referral = in_state(application, other_hub, "asked")
    places = HubPlaces.objects.filter(cohort=application.round.cohort, hub=other_hub)
    call = lambda: referral_consent(referral=referral, by=application.applicant, at=clock.now())  # noqa: E731

    places.update(taken=2)
    assert refused(call) == "no-places"
    assert not Application.objects.visible_to(UserFactory(hub_lead=other_hub)).exists()

    places.update(taken=1)
    assert call().state == "consented"


def test_consent_comes_before_its_last_moment(application, other_hub) -> None:
    referral = in_state(application, other_hub, "asked")
    person, end = application.applicant, referral.reply_by

    assert refused(lambda: referral_consent(referral=referral, by=person, at=end)) == "late"
    just = end - timedelta(microseconds=1)
    assert referral_consent(referral=referral, by=person, at=just).state == "consented"


def test_nobody_is_taken_on_without_a_place(application, other_lead, other_hub) -> None:
    referral = in_state(application, other_hub, "consented")
    HubPlaces.objects.filter(cohort=application.round.cohort, hub=other_hub).update(taken=2)

    assert refused(lambda: referral_accept(referral=referral, by=other_lead, reason="Yes.")) == "no-places"


@pytest.mark.parametrize(
    ("state", "after"), [("proposed", "lapsed"), ("asked", "taken_back"), ("consented", "taken_back")]
)
def test_withdrawing_ends_it(application, other_lead, other_hub, state, after) -> None:
    referral = in_state(application, other_hub, state)

    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)

    referral.refresh_from_db()
    assert referral.state == after
    gone = [("referral_gone_hub", other_lead.email)] if state == "consented" else []
    assert emails("referral_gone_hub", "referral_taken_back") == gone
    assert refused(lambda: referral_accept(referral=referral, by=other_lead, reason="Yes.")) == "stale"


def test_second_lead_is_told_that_the_first_was_faster(application, other_lead, other_hub) -> None:
    referral = in_state(application, other_hub, "consented")
    second = UserFactory(hub_lead=other_hub)
    referral_accept(referral=referral, by=other_lead, reason="Yes.")

    assert refused(lambda: referral_decline(referral=referral, by=second, reason="No.")) == "stale"
    assert refused(lambda: referral_accept(referral=referral, by=second, reason="Yes.")) == "stale"
    assert Email.objects.filter(kind="referral_accepted").count() == 1


def test_one_who_began_again_is_not_taken_on(application, other_lead, other_hub) -> None:
    Application.objects.filter(pk=application.pk).update(state="unsuccessful", shown_state="unsuccessful")
    referral = in_state(application, other_hub, "consented")
    again = ApplicationFactory(round=application.round, applicant=application.applicant)

    assert refused(lambda: referral_accept(referral=referral, by=other_lead, reason="Yes.")) == "barred"
    again.delete()
    assert referral_accept(referral=referral, by=other_lead, reason="Yes.").state == "accepted"


def test_own_hub_proposes_nothing_until_it_has_taken_the_referral_back(application, lead, other_hub) -> None:
    referral = in_state(application, other_hub, "asked")
    call = lambda: decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="")  # noqa: E731
    assert refused(call) == "barred"
    assert Action.PROPOSE_OFFER not in APPLICATION.available(application, lead)

    referral_take_back(referral=referral, by=lead)

    assert call().outcome == Outcome.OFFER


def test_exception_goes_along(application, other_lead, other_hub) -> None:
    before = EligibilityExceptionFactory(application=application, state="granted")
    referral_accept(referral=in_state(application, other_hub, "consented"), by=other_lead, reason="Yes.")

    before.refresh_from_db()
    made = application.exceptions.get(state="granted")
    assert (before.state, made.hub, made.decided_by, made.outcome) == (
        "cancelled",
        other_hub,
        other_lead,
        before.outcome,
    )


# The job


@pytest.mark.parametrize("state", sorted(OPEN_REFERRAL))
def test_job_ends_what_nobody_answered(application, hub, other_hub, state) -> None:
    referral = in_state(application, other_hub, state)
    end = clock.now() - GRACE
    Referral.objects.filter(pk=referral.pk).update(reply_by=end + timedelta(minutes=1))
    assert referrals_lapse() == 0

    Referral.objects.filter(pk=referral.pk).update(reply_by=end)
    assert referrals_lapse() == 1
    assert referrals_lapse() == 0

    referral.refresh_from_db()
    application.refresh_from_db()
    assert (referral.state, application.state, application.hub) == ("lapsed", "reserved", hub)
    to_applicant = [] if state == "proposed" else [("referral_lapsed", application.applicant.email)]
    assert emails("referral_lapsed") == to_applicant


def test_applicant_is_reminded_while_it_waits_for_them(application, other_hub) -> None:
    referral = in_state(application, other_hub, "asked")
    assert list(waiting_for_an_answer()) == [referral]

    referral_consent(referral=referral, by=application.applicant, at=clock.now())
    assert list(waiting_for_an_answer()) == []


# What the other hub reads


SEES = {"consented"}


@pytest.mark.parametrize("state", list(ReferralState))
def test_other_hubs_leads_read_it_from_the_consent_until_they_answer(application, other_lead, other_hub, state) -> None:
    referral = in_state(application, other_hub, state)
    found = Application.objects.visible_to(other_lead)

    assert found.filter(pk=application.pk).exists() == (state in SEES)
    assert found.readable_at(other_hub).filter(pk=application.pk).exists() == (state in SEES)
    assert can_see_evidence(other_lead, application) == can_read_referred(other_lead, application) == (state in SEES)
    listed = Referral.objects.visible_to(other_lead).of_hub(other_hub).filter(pk=referral.pk).exists()
    assert listed == (state in {"consented", "accepted"})


@pytest.mark.parametrize("role", ["hub_reviewer", "hub_administrator"])
def test_nobody_else_of_the_other_hub_reads_it(application, other_hub, role) -> None:
    referral = in_state(application, other_hub, "consented")
    person = UserFactory(**{role: other_hub})

    assert not Application.objects.visible_to(person).exists()
    assert not can_see_evidence(person, application)
    assert not Referral.objects.visible_to(person).filter(pk=referral.pk).exists()


def test_it_stands_in_no_list_of_the_other_hub(application, other_lead, other_hub) -> None:
    in_state(application, other_hub, "consented")

    assert not Application.objects.visible_to(other_lead).at_hub(other_hub).exists()
    assert list(Application.objects.visible_to(other_lead)) == [application]  # once, however many referrals there were


def test_own_hub_reads_it_until_it_is_taken_on(application, lead, other_lead, other_hub) -> None:
    referral = in_state(application, other_hub, "consented")
    assert Application.objects.visible_to(lead).exists()

    referral_accept(referral=referral, by=other_lead, reason="Yes.")

    assert not Application.objects.visible_to(lead).exists()
    assert Application.objects.visible_to(other_lead).at_hub(other_hub).exists()


def test_nobody_refers_or_reads_themselves(hub, lead, other_lead, other_hub) -> None:
    own = ApplicationFactory(state=State.RESERVED, hub=hub, applicant=other_lead)
    referral = in_state(own, other_hub, "consented")

    assert not can_see_evidence(other_lead, own)
    assert not Referral.objects.visible_to(other_lead).exists()
    assert ReferralAction.ACCEPT not in REFERRAL.available(referral, other_lead)

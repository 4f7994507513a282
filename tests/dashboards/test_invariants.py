"""Each invariant holds in a sound world and names the row that breaks it, written past every service."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Model

from applications.enums import Outcome, State, SupportState
from applications.models import Application, ApplicationEvent, HeadteacherSupport
from cohorts.models import HubPlaces, Specialist
from mastery_hub.dashboards.invariants import INVARIANTS, broken_invariants
from mastery_hub.messaging.models import Email, Reminder
from tests.factories.applications import (
    ApplicationEventFactory,
    ApplicationFactory,
    DeferralFactory,
    EligibilityExceptionFactory,
    HeadteacherSupportEventFactory,
    HeadteacherSupportFactory,
    NominationEventFactory,
    NominationFactory,
    ReferralFactory,
    SchoolChangeFactory,
    SubjectLeaderSupportEventFactory,
    SubjectLeaderSupportFactory,
)
from tests.factories.assessments import AssessmentEventFactory, AssessmentFactory
from tests.factories.cohorts import PlacementFactory
from tests.factories.directory import SchoolFactory, UnlistedSchoolFactory
from tests.factories.messaging import EmailFactory, ReminderFactory

pytestmark = pytest.mark.django_db


@dataclass
class Sound:
    offered: Application
    proposed: Application
    specialist: Specialist
    email: Email
    reminder: Reminder

    @property
    def support(self) -> HeadteacherSupport:
        return self.offered.supports.get()

    @property
    def places(self) -> HubPlaces:
        return HubPlaces.objects.get(hub=self.offered.hub)


def supported(state: State) -> Application:
    """With the events of both life cycles, which a factory leaves to whoever needs them."""
    application = ApplicationFactory(state=state)
    support = HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    ApplicationEventFactory(application=application)
    ApplicationEventFactory(application=application, from_state=State.DRAFT, to_state=state)
    HeadteacherSupportEventFactory(support=support)
    signed = {"from_state": SupportState.REQUESTED, "to_state": SupportState.SIGNED}
    HeadteacherSupportEventFactory(support=support, **signed)
    return application


@pytest.fixture
def sound() -> Sound:
    return Sound(
        offered=supported(State.OFFERED),
        proposed=supported(State.RESERVE_PROPOSED),
        specialist=PlacementFactory().specialist,
        email=EmailFactory(),
        reminder=ReminderFactory(),
    )


def update(row: Model, **values: Any) -> Model:
    type(row)._default_manager.filter(pk=row.pk).update(**values)
    return row


def event_lost(application: Application) -> ApplicationEvent:
    first, last = application.events.order_by("pk")
    ApplicationEvent.objects.filter(pk=first.pk).update(to_state=State.SUBMITTED)
    return last


def support_event_lost(support: HeadteacherSupport) -> Model:
    first, last = support.events.order_by("pk")
    update(first, to_state=SupportState.OPENED)
    return last


def placement_lost(specialist: Specialist) -> Specialist:
    specialist.placements.all().delete()
    return specialist


def decided_otherwise(application: Application) -> Application:
    application.decisions.update(outcome=Outcome.OFFER)
    return application


def answered(application: Application) -> Application:
    application.offers.update(replied_at=application.started_at)
    return application


def unsigned(application: Application) -> Application:
    application.supports.update(state=SupportState.OPENED)
    return application


def signed_elsewhere(application: Application) -> Application:
    update(application.supports.get().pledge, school=SchoolFactory())
    return application


def unlisted(application: Application) -> Application:
    typed = UnlistedSchoolFactory()
    update(application, typed_school=typed, school=typed.school)
    return application


def leader_gap(event: Any) -> Model:
    signed = {"from_state": SupportState.OPENED, "to_state": SupportState.SIGNED}
    return SubjectLeaderSupportEventFactory(support=event.support, action="sign", **signed)


def gap(event: Any) -> Model:
    return type(event)._default_manager.create(
        nomination=event.nomination, action="lapse", from_state="declined", to_state="lapsed", by=event.by
    )


def assessment_gap(event: Any) -> Model:
    held = {"action": "hold", "from_state": "cancelled", "to_state": "held"}
    return AssessmentEventFactory(assessment=event.assessment, **held)


def applying_beside(application: Application) -> Application:
    kept = DeferralFactory(application__applicant=application.applicant, state="taken_up")
    update(kept, places=HubPlaces.objects.get(cohort=application.round.cohort, hub=application.hub))
    return application


BREAKS: dict[str, Callable[[Sound], Model]] = {
    "An application is in the state that its last event tells": lambda w: update(w.offered, state=State.DECLINED),
    "A headteacher’s support is in the state that its last event tells": lambda w: update(
        w.support, state=SupportState.OPENED
    ),
    "Each event of an application begins where the one before ended": lambda w: event_lost(w.offered),
    "Each event of a support begins where the one before ended": lambda w: support_event_lost(w.support),
    "An applicant is shown the state, save for what is only proposed": lambda w: update(
        w.proposed, shown_state=State.OFFERED
    ),
    "A hub’s places taken are its proposed, open and accepted offers and those taken up": lambda w: update(
        w.places, taken=0
    ),
    "What is with the hub or decided has a headteacher’s signature": lambda w: unsigned(w.offered),
    "What is with the hub or decided has a subject leader’s signature where the round asks for one": lambda w: (
        ApplicationFactory(round__asks_subject_leader=True, state=State.COMPLETE)
    ),
    "Headteacher and subject leader are two people": lambda w: SubjectLeaderSupportFactory(
        application=w.offered, state=SupportState.SIGNED, person=w.support.person
    ),
    "A subject leader’s support is in the state that its last event tells": lambda w: SubjectLeaderSupportFactory(),
    "Each event of a subject leader’s support begins where the one before ended": lambda w: leader_gap(
        SubjectLeaderSupportEventFactory()
    ),
    "An unreleased decision and the proposed state go together": lambda w: decided_otherwise(w.proposed),
    "Who is offered a place has an offer to answer": lambda w: answered(w.offered),
    "Who accepted a place is a specialist of the cohort": lambda w: update(w.offered, state=State.ACCEPTED),
    "An application and its signatures are of one school": lambda w: signed_elsewhere(w.proposed),
    "A typed-in school is the application’s until another is found, then that one": lambda w: update(
        w.proposed, typed_school=UnlistedSchoolFactory()
    ),
    "No place is held by an application whose school is not in the register": lambda w: unlisted(w.offered),
    "Who waits for an exception, has one or was refused it has asked the hub": lambda w: update(
        w.proposed, eligibility="granted"
    ),
    "An exception is in the state that its last event tells": lambda w: EligibilityExceptionFactory(
        application=w.proposed, state="granted"
    ),
    "An application is deferred while a place is kept for it": lambda w: update(w.offered, state=State.DEFERRED),
    "A referral is in the state that its last event tells": lambda w: ReferralFactory(
        application=w.offered, state="proposed"
    ),
    "Who is referred is without a place at the hub that refers": lambda w: ReferralFactory(application=w.offered),
    "A change of school is in the state that its last event tells": lambda w: SchoolChangeFactory(
        application=w.offered
    ),
    "Who asks to change school holds a place": lambda w: SchoolChangeFactory(application=w.proposed),
    "Who asks to defer has accepted a place": lambda w: DeferralFactory(application=w.offered),
    "Whose kept place is taken up is a specialist of that cohort": lambda w: DeferralFactory(
        application=w.offered, state="taken_up"
    ),
    "Whose kept place is taken up does not apply to that cohort": lambda w: applying_beside(w.proposed),
    "A request to defer is in the state that its last event tells": lambda w: DeferralFactory(application=w.offered),
    "A nomination is in the state that its last event tells": lambda w: NominationFactory(),
    "Each event of a nomination begins where the one before ended": lambda w: gap(NominationEventFactory()),
    "An application to a round by nomination follows from one that was accepted": lambda w: ApplicationFactory(
        round__by_nomination=True
    ),
    "An observation or an interview is in the state that its last event tells": lambda w: AssessmentFactory(),
    "Each event of an observation or an interview begins where the one before ended": lambda w: assessment_gap(
        AssessmentEventFactory()
    ),
    "Nobody is to be observed or interviewed who has withdrawn": lambda w: AssessmentFactory(
        application__state=State.WITHDRAWN
    ),
    "A specialist is placed in a hub and a school": lambda w: placement_lost(w.specialist),
    "An email is claimed while it is being sent, and then alone": lambda w: update(w.email, status="sending"),
    "An email that was sent or given up keeps no link and no code": lambda w: update(
        w.email, status="failed", secrets=b"sealed"
    ),
    "A reminder that was sent has its email": lambda w: update(w.reminder, state="sent"),
}


def test_sound_world_breaks_none(sound: Sound) -> None:
    told = io.StringIO()
    call_command("check_invariants", stdout=told)

    assert broken_invariants() == {}
    assert told.getvalue() == f"All {len(INVARIANTS)} invariants hold.\n"


@pytest.mark.parametrize("sentence", [each.sentence for each in INVARIANTS])
def test_row_that_breaks_an_invariant_is_named(sound: Sound, sentence: str) -> None:
    row = BREAKS[sentence](sound)

    assert broken_invariants()[sentence] == [row.pk]


def test_decision_left_open_after_its_end_is_named(sound: Sound) -> None:
    update(sound.proposed, state=State.COMPLETE)

    assert broken_invariants()["An unreleased decision and the proposed state go together"] == [sound.proposed.pk]


def test_command_names_what_is_broken_and_fails(sound: Sound) -> None:
    for email in EmailFactory.create_batch(21):
        update(email, status="sending")
    told = io.StringIO()

    with pytest.raises(CommandError, match=f"1 of {len(INVARIANTS)} invariants are broken"):
        call_command("check_invariants", stderr=told)

    first = Email.objects.filter(status="sending").order_by("pk").values_list("pk", flat=True)[:20]
    sentence = "An email is claimed while it is being sent, and then alone"
    assert told.getvalue() == f"{sentence}: not so for {', '.join(map(str, first))} and 1 more\n"

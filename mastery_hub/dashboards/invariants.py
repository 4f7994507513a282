"""What must always be true of rows that several services write, and that no constraint of the database can hold.

`manage.py check_invariants` asks all of them; each is one query that finds the rows for which it is not true.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, Model, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import Coalesce, Lag

from applications.enums import (
    HOLDING_A_PLACE,
    NEVER_SUBMITTED,
    PROPOSED,
    REFERABLE,
    DeferralState,
    Eligibility,
    Outcome,
    SchoolChangeState,
    State,
    SupportState,
)
from applications.models import (
    Application,
    ApplicationEvent,
    Assessment,
    AssessmentEvent,
    Decision,
    Deferral,
    DeferralEvent,
    EligibilityException,
    EligibilityExceptionEvent,
    HeadteacherSupport,
    HeadteacherSupportEvent,
    Nomination,
    NominationEvent,
    Offer,
    Referral,
    ReferralEvent,
    SchoolChange,
    SchoolChangeEvent,
    SubjectLeaderSupport,
    SubjectLeaderSupportEvent,
)
from applications.models.applications import SCHOOL_UNLISTED
from cohorts.models import HubPlaces, Placement, Specialist
from mastery_hub.messaging.enums import EmailStatus, ReminderState
from mastery_hub.messaging.models import Email, Reminder

SHOWN_WHILE_PROPOSED = frozenset({State.COMPLETE, State.RESERVED})
AWAITING_RELEASE = {
    State.OFFER_PROPOSED: Outcome.OFFER,
    State.RESERVE_PROPOSED: Outcome.RESERVE,
    State.UNSUCCESSFUL_PROPOSED: Outcome.UNSUCCESSFUL,
}


@dataclass(frozen=True)
class Invariant:
    sentence: str
    broken: Callable[[], QuerySet[Any]]


def state_is_not_its_last_events(model: type[Model], event: type[Model], link: str) -> QuerySet[Any]:
    told = event._default_manager.filter(**{link: OuterRef("pk")}).order_by("-pk").values("to_state")
    rows = model._default_manager.annotate(told=Subquery(told[:1]))
    return rows.filter(Q(told=None) | ~Q(told=F("state")))


def events_with_a_gap(event: type[Model], link: str) -> QuerySet[Any]:
    before = Window(Lag("to_state"), partition_by=F(link), order_by="pk")
    return event._default_manager.annotate(before=Coalesce(before, "from_state")).exclude(before=F("from_state"))


def shown_state_out_of_step() -> QuerySet[Application]:
    told = Q(shown_state=F("state")) & ~Q(state__in=PROPOSED)
    hidden = Q(state__in=PROPOSED, shown_state__in=SHOWN_WHILE_PROPOSED)
    return Application.objects.exclude(told | hidden)


def places_miscounted() -> QuerySet[HubPlaces]:
    held = (
        Application.objects.filter(hub=OuterRef("hub"), round__cohort=OuterRef("cohort"), state__in=HOLDING_A_PLACE)
        .order_by()
        .values("hub")
        .annotate(number=Count("pk"))
        .values("number")
    )
    taken_up = Deferral.objects.filter(places=OuterRef("pk"), state=DeferralState.TAKEN_UP).order_by()
    kept = taken_up.values("places").annotate(number=Count("pk")).values("number")
    counted = Coalesce(Subquery(held), 0) + Coalesce(Subquery(kept), 0)
    return HubPlaces.objects.annotate(held=counted).exclude(taken=F("held"))


def deferred_without_a_kept_place() -> QuerySet[Application]:
    kept = Exists(Deferral.objects.live().exclude(state=DeferralState.ASKED).filter(application=OuterRef("pk")))
    deferred = Q(state=State.DEFERRED)
    return Application.objects.filter(deferred & ~Q(kept) | ~deferred & Q(kept))


def asked_to_defer_what_is_not_accepted() -> QuerySet[Deferral]:
    return Deferral.objects.filter(state=DeferralState.ASKED).exclude(application__state=State.ACCEPTED)


def applying_beside_a_place_taken_up() -> QuerySet[Application]:
    kept = Deferral.objects.filter(
        application__applicant=OuterRef("applicant"),
        state=DeferralState.TAKEN_UP,
        places__cohort=OuterRef("round__cohort"),
    )
    return Application.objects.live().filter(Exists(kept))


def moving_without_a_place() -> QuerySet[SchoolChange]:
    return SchoolChange.objects.open().exclude(application__state__in=(State.OFFERED, State.ACCEPTED))


def referred_while_not_without_a_place() -> QuerySet[Referral]:
    elsewhere = ~Q(application__hub=F("from_hub")) | ~Q(application__state__in=sorted(REFERABLE))
    return Referral.objects.under_way().filter(elsewhere)


def taken_up_without_a_specialist() -> QuerySet[Deferral]:
    person, cohort = OuterRef("application__applicant"), OuterRef("places__cohort")
    appointed = Exists(Specialist.objects.filter(person=person, cohort=cohort))
    return Deferral.objects.filter(state=DeferralState.TAKEN_UP).exclude(appointed)


def with_hub_without_support() -> QuerySet[Application]:
    signed = HeadteacherSupport.objects.filter(application=OuterRef("pk"), state=SupportState.SIGNED)
    waiting = {State.SUBMITTED, State.INCOMPLETE, State.WITHDRAWN} | NEVER_SUBMITTED
    return Application.objects.exclude(state__in=waiting).exclude(Exists(signed))


def with_hub_without_subject_leader() -> QuerySet[Application]:
    signed = SubjectLeaderSupport.objects.filter(application=OuterRef("pk"), state=SupportState.SIGNED)
    waiting = {State.SUBMITTED, State.INCOMPLETE, State.WITHDRAWN} | NEVER_SUBMITTED
    asked = Application.objects.filter(round__asks_subject_leader=True).exclude(state__in=waiting)
    return asked.exclude(Exists(signed))


def one_person_signed_twice() -> QuerySet[SubjectLeaderSupport]:
    heads = HeadteacherSupport.objects.filter(
        application=OuterRef("application"), state=SupportState.SIGNED, person=OuterRef("person")
    )
    return SubjectLeaderSupport.objects.filter(Exists(heads), state=SupportState.SIGNED)


def offered_without_an_offer() -> QuerySet[Application]:
    return Application.objects.filter(state=State.OFFERED).exclude(
        Exists(Offer.objects.filter(application=OuterRef("pk"), replied_at=None))
    )


def proposed_without_a_decision() -> QuerySet[Application]:
    waits = Decision.objects.filter(application=OuterRef("pk"), released_at=None, closed_at=None)
    agree = Q()
    for state, outcome in AWAITING_RELEASE.items():
        agree |= Q(Exists(waits.filter(outcome=outcome)), state=state)
    settled = ~Q(state__in=PROPOSED) & ~Q(Exists(waits))
    return Application.objects.exclude(agree | settled)


def begun_without_nomination() -> QuerySet[Any]:
    nominated = Nomination.objects.filter(
        pk=OuterRef("nomination"), nominee=OuterRef("applicant"), round=OuterRef("round"), state="accepted"
    )
    return Application.objects.filter(~Exists(nominated), round__by_nomination=True)


def accepted_without_a_specialist() -> QuerySet[Application]:
    appointed = Specialist.objects.filter(person=OuterRef("applicant"), cohort=OuterRef("round__cohort"))
    return Application.objects.filter(state=State.ACCEPTED).exclude(Exists(appointed))


def signed_for_another_school() -> QuerySet[Application]:
    signed = HeadteacherSupport.objects.filter(application=OuterRef("pk"), state=SupportState.SIGNED)
    theirs = Exists(signed.exclude(pledge__school=OuterRef("school")))
    moved = SchoolChange.objects.filter(application=OuterRef("pk"), state=SchoolChangeState.AGREED)
    found = Application.objects.filter(~Q(pledge__school=F("school")) & Q(pledge__isnull=False) | Q(theirs))
    return found.exclude(Exists(moved))  # who signed for the school before signed for that one


def found_to_be_another_school() -> QuerySet[Application]:
    found = Application.objects.filter(typed_school__isnull=False)
    return found.exclude(school=Coalesce("typed_school__match", "typed_school__school"))


def standing_without_its_exception() -> QuerySet[Application]:
    """Told by the latest exception that nobody took back."""
    latest = EligibilityException.objects.current().filter(application=OuterRef("pk"), hub=OuterRef("hub"))
    told = {Eligibility.ASKED, Eligibility.GRANTED, Eligibility.REFUSED}
    rows = Application.objects.filter(eligibility__in=told)
    return rows.exclude(Exists(latest.filter(state=OuterRef("eligibility"))))


def specialists_without_a_placement() -> QuerySet[Specialist]:
    return Specialist.objects.exclude(Exists(Placement.objects.filter(specialist=OuterRef("pk"))))


def emails_with_a_wrong_lease() -> QuerySet[Email]:
    return Email.objects.filter(Q(status=EmailStatus.SENDING) ^ Q(claimed_until__isnull=False))


def ended_emails_with_secrets() -> QuerySet[Email]:
    ended = Email.objects.filter(status__in=[EmailStatus.SENT, EmailStatus.FAILED]).exclude(secrets=b"")
    return Email.objects.none() if settings.KEEP_SECRETS else ended


INVARIANTS = [
    Invariant(
        "An application is in the state that its last event tells",
        lambda: state_is_not_its_last_events(Application, ApplicationEvent, "application"),
    ),
    Invariant(
        "A headteacher’s support is in the state that its last event tells",
        lambda: state_is_not_its_last_events(HeadteacherSupport, HeadteacherSupportEvent, "support"),
    ),
    Invariant(
        "Each event of an application begins where the one before ended",
        lambda: events_with_a_gap(ApplicationEvent, "application"),
    ),
    Invariant(
        "Each event of a support begins where the one before ended",
        lambda: events_with_a_gap(HeadteacherSupportEvent, "support"),
    ),
    Invariant("An applicant is shown the state, save for what is only proposed", shown_state_out_of_step),
    Invariant("A hub’s places taken are its proposed, open and accepted offers and those taken up", places_miscounted),
    Invariant("An application is deferred while a place is kept for it", deferred_without_a_kept_place),
    Invariant(
        "A change of school is in the state that its last event tells",
        lambda: state_is_not_its_last_events(SchoolChange, SchoolChangeEvent, "school_change"),
    ),
    Invariant(
        "A referral is in the state that its last event tells",
        lambda: state_is_not_its_last_events(Referral, ReferralEvent, "referral"),
    ),
    Invariant("Who is referred is without a place at the hub that refers", referred_while_not_without_a_place),
    Invariant("Who asks to change school holds a place", moving_without_a_place),
    Invariant("Who asks to defer has accepted a place", asked_to_defer_what_is_not_accepted),
    Invariant("Whose kept place is taken up is a specialist of that cohort", taken_up_without_a_specialist),
    Invariant("Whose kept place is taken up does not apply to that cohort", applying_beside_a_place_taken_up),
    Invariant(
        "A request to defer is in the state that its last event tells",
        lambda: state_is_not_its_last_events(Deferral, DeferralEvent, "deferral"),
    ),
    Invariant("What is with the hub or decided has a headteacher’s signature", with_hub_without_support),
    Invariant(
        "What is with the hub or decided has a subject leader’s signature where the round asks for one",
        with_hub_without_subject_leader,
    ),
    Invariant("Headteacher and subject leader are two people", one_person_signed_twice),
    Invariant(
        "A subject leader’s support is in the state that its last event tells",
        lambda: state_is_not_its_last_events(SubjectLeaderSupport, SubjectLeaderSupportEvent, "support"),
    ),
    Invariant(
        "Each event of a subject leader’s support begins where the one before ended",
        lambda: events_with_a_gap(SubjectLeaderSupportEvent, "support"),
    ),
    Invariant("An unreleased decision and the proposed state go together", proposed_without_a_decision),
    Invariant("Who is offered a place has an offer to answer", offered_without_an_offer),
    Invariant("Who accepted a place is a specialist of the cohort", accepted_without_a_specialist),
    Invariant("An application and its signatures are of one school", signed_for_another_school),
    Invariant(
        "A typed-in school is the application’s until another is found, then that one", found_to_be_another_school
    ),
    Invariant(
        "No place is held by an application whose school is not in the register",
        lambda: Application.objects.filter(SCHOOL_UNLISTED, state__in=HOLDING_A_PLACE),
    ),
    Invariant(
        "Who waits for an exception, has one or was refused it has asked the hub", standing_without_its_exception
    ),
    Invariant(
        "An exception is in the state that its last event tells",
        lambda: state_is_not_its_last_events(EligibilityException, EligibilityExceptionEvent, "exception"),
    ),
    Invariant(
        "A nomination is in the state that its last event tells",
        lambda: state_is_not_its_last_events(Nomination, NominationEvent, "nomination"),
    ),
    Invariant(
        "Each event of a nomination begins where the one before ended",
        lambda: events_with_a_gap(NominationEvent, "nomination"),
    ),
    Invariant("An application to a round by nomination follows from one that was accepted", begun_without_nomination),
    Invariant(
        "An observation or an interview is in the state that its last event tells",
        lambda: state_is_not_its_last_events(Assessment, AssessmentEvent, "assessment"),
    ),
    Invariant(
        "Each event of an observation or an interview begins where the one before ended",
        lambda: events_with_a_gap(AssessmentEvent, "assessment"),
    ),
    Invariant(
        "Nobody is to be observed or interviewed who has withdrawn",
        lambda: Assessment.objects.scheduled().filter(application__state=State.WITHDRAWN),
    ),
    Invariant("A specialist is placed in a hub and a school", specialists_without_a_placement),
    Invariant("An email is claimed while it is being sent, and then alone", emails_with_a_wrong_lease),
    Invariant("An email that was sent or given up keeps no link and no code", ended_emails_with_secrets),
    Invariant(
        "A reminder that was sent has its email",
        lambda: Reminder.objects.filter(Q(state=ReminderState.SENT) ^ Q(email__isnull=False)),
    ),
]


def broken_invariants() -> dict[str, list[Any]]:
    """The keys of the rows for which each is not true; nothing for those that hold."""
    found = {each.sentence: sorted(each.broken().values_list("pk", flat=True)) for each in INVARIANTS}
    return {sentence: keys for sentence, keys in found.items() if keys}

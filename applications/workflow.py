"""What may happen to an application, to its headteacher's support, to an exception, a nomination and a referral:
`{action: (sources, target)}` (rule 1)."""

from applications.enums import (
    HOLDING_A_PLACE,
    OPEN_REFERRAL,
    PROPOSED,
    REFERABLE,
    UNDER_WAY,
    Action,
    AssessmentAction,
    AssessmentState,
    DeferralAction,
    DeferralState,
    ExceptionAction,
    ExceptionState,
    NominationAction,
    NominationState,
    ReferralAction,
    ReferralState,
    SchoolChangeAction,
    SchoolChangeState,
    State,
    SupportAction,
    SupportState,
)

TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    Action.SUBMIT: (frozenset({State.DRAFT}), State.SUBMITTED),
    Action.COMPLETE: (frozenset({State.SUBMITTED}), State.COMPLETE),
    Action.PROPOSE_OFFER: (
        frozenset({State.COMPLETE, State.RESERVE_PROPOSED, State.UNSUCCESSFUL_PROPOSED, State.RESERVED}),
        State.OFFER_PROPOSED,
    ),
    Action.PROPOSE_RESERVE: (
        frozenset({State.COMPLETE, State.OFFER_PROPOSED, State.UNSUCCESSFUL_PROPOSED}),
        State.RESERVE_PROPOSED,
    ),
    Action.PROPOSE_UNSUCCESSFUL: (
        frozenset({State.COMPLETE, State.OFFER_PROPOSED, State.RESERVE_PROPOSED, State.RESERVED}),
        State.UNSUCCESSFUL_PROPOSED,
    ),
    Action.RETRACT: (PROPOSED, State.COMPLETE),
    Action.RETURN_TO_RESERVE: (frozenset({State.OFFER_PROPOSED, State.UNSUCCESSFUL_PROPOSED}), State.RESERVED),
    Action.RELEASE_OFFER: (frozenset({State.OFFER_PROPOSED}), State.OFFERED),
    Action.RELEASE_RESERVE: (frozenset({State.RESERVE_PROPOSED}), State.RESERVED),
    Action.RELEASE_UNSUCCESSFUL: (frozenset({State.UNSUCCESSFUL_PROPOSED}), State.UNSUCCESSFUL),
    Action.ACCEPT: (frozenset({State.OFFERED}), State.ACCEPTED),
    Action.DECLINE: (frozenset({State.OFFERED}), State.DECLINED),
    Action.LAPSE: (frozenset({State.OFFERED}), State.LAPSED),
    Action.WITHDRAW: (
        frozenset({State.DRAFT, State.SUBMITTED, State.COMPLETE, State.RESERVED, State.ACCEPTED, State.DEFERRED})
        | PROPOSED,
        State.WITHDRAWN,
    ),
    Action.DEFER: (frozenset({State.ACCEPTED}), State.DEFERRED),
    Action.EXPIRE: (frozenset({State.DRAFT}), State.EXPIRED),
    Action.MARK_INCOMPLETE: (frozenset({State.SUBMITTED}), State.INCOMPLETE),
    Action.REOPEN: (frozenset({State.EXPIRED}), State.DRAFT),
    Action.AWAIT_AGAIN: (frozenset({State.INCOMPLETE}), State.SUBMITTED),
    Action.DELETE: (frozenset({State.DRAFT}), State.DELETED),
    Action.OFFER_RESERVE: (frozenset({State.RESERVED}), State.OFFERED),
    Action.UNDO_RELEASE: (frozenset({State.RESERVED, State.UNSUCCESSFUL}), State.COMPLETE),
    Action.TAKE_ON: (REFERABLE, State.COMPLETE),
}

PROPOSALS = frozenset({Action.PROPOSE_OFFER, Action.PROPOSE_RESERVE, Action.PROPOSE_UNSUCCESSFUL})
OFFERS = frozenset({Action.PROPOSE_OFFER, Action.RELEASE_OFFER, Action.OFFER_RESERVE})
PROMISES = OFFERS | {Action.PROPOSE_RESERVE, Action.RELEASE_RESERVE}
STANDS_AGAIN = frozenset({Action.REOPEN, Action.AWAIT_AGAIN})
RELEASES = frozenset({Action.RELEASE_OFFER, Action.RELEASE_RESERVE, Action.RELEASE_UNSUCCESSFUL})
HIDDEN = PROPOSALS | {Action.RETRACT, Action.RETURN_TO_RESERVE}  # the applicant sees no trace of these

TOUCHES_PLACES = frozenset(
    action
    for action, (sources, target) in TRANSITIONS.items()
    if target in HOLDING_A_PLACE or sources & HOLDING_A_PLACE
)

SUPPORT_TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    SupportAction.OPEN: (frozenset({SupportState.REQUESTED}), SupportState.OPENED),
    SupportAction.SIGN: (frozenset({SupportState.OPENED}), SupportState.SIGNED),
    SupportAction.DECLINE: (frozenset({SupportState.OPENED}), SupportState.DECLINED),
    SupportAction.PASS_ON: (frozenset({SupportState.OPENED}), SupportState.CANCELLED),
    SupportAction.CANCEL: (
        frozenset({SupportState.REQUESTED, SupportState.OPENED, SupportState.SIGNED, SupportState.DECLINED}),
        SupportState.CANCELLED,
    ),
}

LEADER_TRANSITIONS = {action: move for action, move in SUPPORT_TRANSITIONS.items() if action != SupportAction.PASS_ON}

EXCEPTION_TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    ExceptionAction.GRANT: (frozenset({ExceptionState.ASKED}), ExceptionState.GRANTED),
    ExceptionAction.REFUSE: (frozenset({ExceptionState.ASKED}), ExceptionState.REFUSED),
    ExceptionAction.CANCEL: (frozenset({ExceptionState.ASKED, ExceptionState.GRANTED}), ExceptionState.CANCELLED),
}

DEFERRAL_TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    DeferralAction.GRANT: (frozenset({DeferralState.ASKED}), DeferralState.GRANTED),
    DeferralAction.REFUSE: (frozenset({DeferralState.ASKED}), DeferralState.REFUSED),
    DeferralAction.TAKE_BACK: (frozenset({DeferralState.ASKED}), DeferralState.TAKEN_BACK),
    DeferralAction.TAKE_UP: (frozenset({DeferralState.GRANTED}), DeferralState.TAKEN_UP),
    DeferralAction.GIVE_UP: (frozenset({DeferralState.GRANTED, DeferralState.TAKEN_UP}), DeferralState.GIVEN_UP),
}

NOMINATION_TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    NominationAction.ACCEPT: (frozenset({NominationState.INVITED}), NominationState.ACCEPTED),
    NominationAction.DECLINE: (frozenset({NominationState.INVITED}), NominationState.DECLINED),
    NominationAction.WITHDRAW: (frozenset({NominationState.INVITED}), NominationState.WITHDRAWN),
    NominationAction.LAPSE: (frozenset({NominationState.INVITED}), NominationState.LAPSED),
}

SCHOOL_CHANGE_TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    SchoolChangeAction.AGREE: (frozenset({SchoolChangeState.ASKED}), SchoolChangeState.AGREED),
    SchoolChangeAction.HAND_ON: (frozenset({SchoolChangeState.ASKED}), SchoolChangeState.HANDED_ON),
    SchoolChangeAction.TAKE: (frozenset({SchoolChangeState.HANDED_ON}), SchoolChangeState.AGREED),
    SchoolChangeAction.SEND_BACK: (frozenset({SchoolChangeState.HANDED_ON}), SchoolChangeState.ASKED),
    SchoolChangeAction.REFUSE: (frozenset({SchoolChangeState.ASKED}), SchoolChangeState.REFUSED),
    SchoolChangeAction.TAKE_BACK: (
        frozenset({SchoolChangeState.ASKED, SchoolChangeState.HANDED_ON}),
        SchoolChangeState.TAKEN_BACK,
    ),
}

ASSESSMENT_TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    AssessmentAction.MOVE: (frozenset({AssessmentState.SCHEDULED}), AssessmentState.SCHEDULED),
    AssessmentAction.HOLD: (frozenset({AssessmentState.SCHEDULED}), AssessmentState.HELD),
    AssessmentAction.CANCEL: (frozenset({AssessmentState.SCHEDULED}), AssessmentState.CANCELLED),
}

REFERRAL_TRANSITIONS: dict[str, tuple[frozenset[str], str]] = {
    ReferralAction.AGREE: (frozenset({ReferralState.PROPOSED}), ReferralState.ASKED),
    ReferralAction.DISMISS: (frozenset({ReferralState.PROPOSED}), ReferralState.DISMISSED),
    ReferralAction.CONSENT: (frozenset({ReferralState.ASKED}), ReferralState.CONSENTED),
    ReferralAction.REFUSE: (frozenset({ReferralState.ASKED}), ReferralState.REFUSED),
    ReferralAction.ACCEPT: (frozenset({ReferralState.CONSENTED}), ReferralState.ACCEPTED),
    ReferralAction.DECLINE: (frozenset({ReferralState.CONSENTED}), ReferralState.DECLINED),
    ReferralAction.TAKE_BACK: (UNDER_WAY, ReferralState.TAKEN_BACK),
    ReferralAction.LAPSE: (OPEN_REFERRAL, ReferralState.LAPSED),
}

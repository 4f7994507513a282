"""The documents say what the code does."""

from pathlib import Path

from applications.enums import (
    Action,
    AssessmentState,
    DeferralAction,
    DeferralState,
    ExceptionState,
    NominationState,
    ReferralAction,
    ReferralState,
    SchoolChangeAction,
    SchoolChangeState,
    State,
    SupportAction,
    SupportState,
)
from applications.permissions import APPLICANTS, JOBS
from applications.workflow import (
    ASSESSMENT_TRANSITIONS,
    DEFERRAL_TRANSITIONS,
    EXCEPTION_TRANSITIONS,
    NOMINATION_TRANSITIONS,
    REFERRAL_TRANSITIONS,
    SCHOOL_CHANGE_TRANSITIONS,
    SUPPORT_TRANSITIONS,
    TRANSITIONS,
)

ASSESSMENT_ACTORS = {
    "move": "a lead or an administrator of the hub",
    "hold": "its two people and leads of the hub",
    "cancel": "a lead or an administrator of the hub",
}
NOMINATION_ACTORS = {
    "accept": "the nominee",
    "decline": "the nominee",
    "withdraw": "whoever nominated",
    "lapse": "the system",
}
REFERRAL_ACTORS = {
    ReferralAction.AGREE: "a lead of the hub that refers",
    ReferralAction.DISMISS: "a lead of the hub that refers",
    ReferralAction.CONSENT: "the applicant",
    ReferralAction.REFUSE: "the applicant",
    ReferralAction.ACCEPT: "a lead of the other hub",
    ReferralAction.DECLINE: "a lead of the other hub",
    ReferralAction.TAKE_BACK: "a lead of the hub that refers; the applicant, once they have consented",
    ReferralAction.LAPSE: "the system",
}
DOCS = Path(__file__).resolve().parent.parent / "docs"


OWN_ACTORS: dict[type, dict[str, str]] = {
    NominationState: NOMINATION_ACTORS,
    AssessmentState: ASSESSMENT_ACTORS,
    ReferralState: REFERRAL_ACTORS,
}


def actor(action: str) -> str:
    if action in (SchoolChangeAction.TAKE, SchoolChangeAction.SEND_BACK):
        return "a lead of the new school's hub"
    if action in (SupportAction.CANCEL, DeferralAction.TAKE_BACK, DeferralAction.GIVE_UP):  # or of an exception
        return "the applicant"
    if action in SupportAction:
        return "the person asked"
    if action == Action.TAKE_ON:
        return "a lead of the hub that it is referred to"
    if action in JOBS:
        return "the system"
    return "the applicant" if action in APPLICANTS else "a lead of the hub"


def test_workflow_page_holds_the_tables_and_no_more() -> None:
    shown = [line for line in (DOCS / "workflow.md").read_text().splitlines() if line.startswith("|")]
    head = ["| action | from | to | by |", "| --- | --- | --- | --- |"]
    wanted = []
    tables = (
        (TRANSITIONS, State),
        (SUPPORT_TRANSITIONS, SupportState),
        (EXCEPTION_TRANSITIONS, ExceptionState),
        (DEFERRAL_TRANSITIONS, DeferralState),
        (NOMINATION_TRANSITIONS, NominationState),
        (SCHOOL_CHANGE_TRANSITIONS, SchoolChangeState),
        (ASSESSMENT_TRANSITIONS, AssessmentState),
        (REFERRAL_TRANSITIONS, ReferralState),
    )
    for table, states in tables:
        wanted += head
        for action, (sources, target) in table.items():
            from_states = ", ".join(state for state in states if state in sources)
            who = OWN_ACTORS[states][action] if states in OWN_ACTORS else actor(action)
            wanted.append(f"| {action} | {from_states} | {target} | {who} |")
    assert shown == wanted

"""How a state, and each step of a life cycle, is worded and coloured: decided here once, for every page."""

from collections.abc import Iterable
from typing import Any

from applications.enums import Action, State, SupportAction, SupportState

STATE_COLOURS = {
    State.DRAFT: "grey",
    State.SUBMITTED: "yellow",
    State.COMPLETE: "blue",
    State.OFFER_PROPOSED: "teal",
    State.RESERVE_PROPOSED: "purple",
    State.UNSUCCESSFUL_PROPOSED: "orange",
    State.OFFERED: "teal",
    State.RESERVED: "purple",
    State.UNSUCCESSFUL: "red",
    State.ACCEPTED: "green",
    State.DECLINED: "grey",
    State.LAPSED: "grey",
    State.WITHDRAWN: "grey",
    State.EXPIRED: "grey",
    State.INCOMPLETE: "grey",
}
SUPPORT_COLOURS = {
    SupportState.REQUESTED: "yellow",
    SupportState.OPENED: "blue",
    SupportState.SIGNED: "green",
    SupportState.DECLINED: "red",
    SupportState.CANCELLED: "grey",
}

EVENT_TITLES = {
    "start": "Application started",
    Action.SUBMIT: "Application submitted",
    Action.COMPLETE: "Application complete",
    Action.PROPOSE_OFFER: "Offer proposed",
    Action.PROPOSE_RESERVE: "Reserve list proposed",
    Action.PROPOSE_UNSUCCESSFUL: "Unsuccessful proposed",
    Action.RETRACT: "Proposal taken back",
    Action.RETURN_TO_RESERVE: "Kept on the reserve list",
    Action.RELEASE_OFFER: "Place offered",
    Action.RELEASE_RESERVE: "Put on the reserve list",
    Action.RELEASE_UNSUCCESSFUL: "Unsuccessful",
    Action.ACCEPT: "Place accepted",
    Action.DECLINE: "Offer declined",
    Action.LAPSE: "Offer lapsed",
    Action.WITHDRAW: "Application withdrawn",
    Action.EXPIRE: "Not submitted in time",
    Action.MARK_INCOMPLETE: "No headteacher’s support in time",
}
SUPPORT_EVENT_TITLES = {
    "request": "Headteacher asked for support",
    "send_again": "Request sent to the headteacher again",
    SupportAction.OPEN: "Request opened by the headteacher",
    SupportAction.SIGN: "Headteacher’s support signed",
    SupportAction.DECLINE: "Headteacher declined to support",
    SupportAction.CANCEL: "Request to the headteacher cancelled",
}


def state_tag(state: str) -> dict[str, str]:
    """`text` and `colour` of components/tag.html; for applicants pass `shown_state`."""
    return {"text": State(state).label, "colour": STATE_COLOURS[State(state)]}


def support_tag(state: str) -> dict[str, str]:
    return {"text": SupportState(state).label, "colour": SUPPORT_COLOURS[SupportState(state)]}


def timeline(events: Iterable[Any], titles: dict[str, str] = EVENT_TITLES) -> list[dict[str, Any]]:
    """What components/timeline.html shows; `events` come with `by`."""
    return [{"title": titles[e.action], "at": e.at, "by": str(e.by), "text": e.reason} for e in events]

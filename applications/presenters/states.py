"""How a state, and each step of a life cycle, is worded and coloured: decided here once, for every page."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from applications.enums import Action, RoundStage, State, SupportAction, SupportState
from applications.models import Application, Deferral, Referral, SchoolChange
from cohorts.models import Cohort
from mastery_hub.common.money import pounds
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.directory.enums import PhaseOfEducation
from mastery_hub.directory.models import School

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
    State.DEFERRED: "purple",
    State.EXPIRED: "grey",
    State.DELETED: "grey",
    State.INCOMPLETE: "grey",
}
STAGE_COLOURS = {
    RoundStage.SETTING_UP: "yellow",
    RoundStage.PUBLISHED: "blue",
    RoundStage.OPEN: "green",
    RoundStage.CLOSED: "grey",
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
    Action.DEFER: "Place given back, since one is kept for the next cohort",
    Action.EXPIRE: "Not submitted in time",
    Action.MARK_INCOMPLETE: "No support in time",
    Action.REOPEN: "A draft again, as there is more time",
    Action.AWAIT_AGAIN: "Waiting for support again, as there is more time",
    Action.OFFER_RESERVE: "Place offered from the reserve list",
    Action.UNDO_RELEASE: "Letter taken back: it was sent in error",
    Action.TAKE_ON: "Taken on by another hub",
    "change_school": "Place taken to another school",
    "match_school": "School found in the register",
}
SUPPORT_EVENT_TITLES = {
    "request": "Headteacher asked for support",
    "remind_automatically": "Headteacher reminded automatically",
    "request_passed": "Request sent to whoever signs for the school",
    "agree_signatory": "Signatory agreed by the hub",
    "remind": "Headteacher reminded by the applicant",
    "remind_by_hub": "Headteacher reminded by the hub",
    "correct_name": "Headteacher’s name corrected",
    "new_link": "New link sent to the headteacher",
    SupportAction.OPEN: "Request opened by the headteacher",
    SupportAction.SIGN: "Headteacher’s support signed",
    SupportAction.DECLINE: "Headteacher declined to support",
    SupportAction.PASS_ON: "Request passed on by the headteacher",
    SupportAction.CANCEL: "Request to the headteacher cancelled",
}


LEADER_EVENT_TITLES = {
    "request": "Subject leader asked for support",
    "remind_automatically": "Subject leader reminded automatically",
    "remind": "Subject leader reminded by the applicant",
    "correct_details": "Subject leader’s name or role corrected",
    "new_link": "New link sent to the subject leader",
    SupportAction.OPEN: "Request opened by the subject leader",
    SupportAction.SIGN: "Subject leader’s support signed",
    SupportAction.DECLINE: "Subject leader declined to support",
    SupportAction.CANCEL: "Request to the subject leader cancelled",
}


def with_requests(applications: QuerySet[Application]) -> QuerySet[Application]:
    """Says of each whether anything was ever asked about its place, so that nobody looks for what is not there."""
    return applications.annotate(
        has_deferrals=Exists(Deferral.objects.filter(application=OuterRef("pk"))),
        has_referrals=Exists(Referral.objects.filter(application=OuterRef("pk"))),
        has_school_changes=Exists(SchoolChange.objects.filter(application=OuterRef("pk"))),
    )


def state_tag(state: str) -> dict[str, str]:
    """`text` and `colour` of components/tag.html; for applicants pass `shown_state`."""
    return {"text": State(state).label, "colour": STATE_COLOURS[State(state)]}


def support_tag(state: str) -> dict[str, str]:
    return {"text": SupportState(state).label, "colour": SUPPORT_COLOURS[SupportState(state)]}


def timeline(events: Iterable[Any], titles: dict[str, str] = EVENT_TITLES) -> list[dict[str, Any]]:
    """What components/timeline.html shows; `events` come with `by`."""
    return [{"title": titles[e.action], "at": e.at, "by": str(e.by), "text": e.reason} for e in events]


STANDINGS = {
    State.DRAFT: "{name} has not submitted the application yet. They have until {closes}.",
    State.SUBMITTED: "{name} has submitted the application.",
    State.COMPLETE: "The application is complete. {hub} will decide, and {name} will hear {when}.",
    State.OFFERED: "{hub} has offered {name} a place. We will tell you when they answer.",
    State.RESERVED: "{name} is on the reserve list of {hub}. We will tell you if a place is offered.",
    State.UNSUCCESSFUL: "{hub} is not offering {name} a place this time.",
    State.ACCEPTED: "{name} has accepted the place and is a Mastery Specialist.",
    State.DECLINED: "{name} was offered a place and declined it.",
    State.LAPSED: "{name} was offered a place and did not answer in time.",
    State.DEFERRED: "{hub} keeps a place for {name} in the next cohort.",
    State.WITHDRAWN: "{name} has withdrawn the application.",
    State.EXPIRED: "{name} did not submit the application in time.",
    State.INCOMPLETE: "The application was not complete when the round closed.",
}


def standing(application: Application) -> str:
    """Where an application stands, for its headteacher: no more than the applicant may know."""
    return STANDINGS[State(application.shown_state)].format(
        name=application.applicant,
        hub=application.hub,
        closes=moment(application.closes_at),
        when=application.round.outcomes_words,
    )


def kind_in_words(school: School) -> str:
    """Of a school as somebody typed it in: “Primary, state-funded”."""
    phase = "No phase" if school.phase == PhaseOfEducation.NOT_APPLICABLE else school.get_phase_display()
    return f"{phase}, {school.type_name.lower()}"


def release_facts(cohort: Cohort) -> list[dict[str, str]]:
    """Days and money, a line for each programme year, for components/summary_list.html."""
    facts = []
    for terms in cohort.release_terms.all():
        first = terms.programme_year == 1
        year = f"Training year, {cohort.academic_year}" if first else "Later years"
        paid = f", paid at {pounds(terms.rate)} a day" if terms.rate else ""
        total = f": {pounds(terms.total)} in all" if terms.total else ""
        note = "" if first or not cohort.later_years_note else f", {cohort.later_years_note}"
        facts.append({"key": year, "value": f"{terms.days} of release{paid}{total}{note}"})
    return facts

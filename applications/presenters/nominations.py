"""How far a nomination has come, for whoever made it and for the hub: in a word, and never what is written."""

from typing import Any

from django.urls import reverse

from applications import permissions
from applications.enums import ENDED, NominationState, State
from applications.models import Application, Nomination, Round
from applications.presenters.states import STATE_COLOURS
from mastery_hub.common import clock
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.messaging.models import Email

COLOURS = {
    NominationState.INVITED: "yellow",
    NominationState.ACCEPTED: "blue",
    NominationState.DECLINED: "red",
    NominationState.WITHDRAWN: "grey",
    NominationState.LAPSED: "grey",
}
WRITING = {State.DRAFT: "Writing", State.SUBMITTED: "Sent"}
EVENT_TITLES = {
    "nominate": "Nominated",
    "send_again": "Link sent again",
    "correct": "Email address corrected",
    "correct_name": "Name corrected",
    "remind_automatically": "Reminded automatically",
    "accept": "Accepted",
    "decline": "Declined",
    "withdraw": "Withdrawn",
    "lapse": "Ended without an answer",
}


def application_of(nomination: Nomination) -> Application | None:
    """The newest that counts: one who has withdrawn may have begun again. Reads what is prefetched."""
    found = sorted(nomination.applications.all(), key=lambda each: (each.state not in ENDED, each.started_at))
    return found[-1] if found and found[-1].state != State.DELETED else None


def progress(nomination: Nomination, user: Any) -> dict[str, str]:
    """For components/tag.html: from what the applicant may know alone. What becomes of it elsewhere is for whoever
    nominated, and for the people of the hub that it was made to."""
    application = application_of(nomination)
    if application is None:
        state = NominationState(nomination.state)
        return {"text": state.label, "colour": COLOURS[state]}
    concerned = user.pk == nomination.nominated_by_id or user.is_national or application.hub_id in user.hub_ids()
    if application.submitted_at and not concerned:
        return {"text": "With another hub", "colour": "grey"}
    shown = State(application.shown_state)
    return {"text": WRITING.get(shown, shown.label), "colour": STATE_COLOURS[shown]}


def nomination_facts(nomination: Nomination, user: Any) -> list[dict[str, str]]:
    facts = [
        ("Round", str(nomination.round.cohort)),
        ("Nominated by", nomination.nominator),
        ("Maths Hub", str(nomination.home_hub)),
        ("Email address", nomination.email),
        ("Nominated on", moment(nomination.nominated_at)),
        ("Why", nomination.reason),
    ]
    if nomination.is_invited:
        facts += [
            ("Newest email", _email_words(nomination)),
            ("Can be accepted until", moment(nomination.link_expires_at)),
        ]
    if nomination.answered_at:
        facts.append(("Answered on", moment(nomination.answered_at)))
    if nomination.decline_reason and user.pk == nomination.nominated_by_id:
        facts.append(("Why they declined", nomination.decline_reason))
    return [{"key": key, "value": value} for key, value in facts]


def _email_words(nomination: Nomination) -> str:
    email = Email.objects.about(nomination).filter(to=nomination.email).first()
    if email and email.is_undelivered:
        return "Could not be delivered. Check the address, then correct it"
    return f"Sent on {moment(nomination.sent_at)}"


def nomination_actions(nomination: Nomination, user: Any) -> dict[str, Any]:
    """What its page offers: asked of the predicates that the services ask."""
    manages = permissions.can_manage_nomination(user, nomination)
    mine = manages and nomination.is_invited and clock.now() < nomination.closes_at
    early = clock.now() < nomination.again_from
    return {
        "may_change": mine,
        "may_send": mine and not early,
        "send_from": moment(nomination.again_from) if mine and early else "",
        "again": _again_href(nomination) if manages else "",
    }


def _again_href(nomination: Nomination) -> str:
    """The page on which the same school or hub nominates, while it can."""
    if nomination.state not in (NominationState.DECLINED, NominationState.LAPSED) or not nomination.round.is_open():
        return ""
    code = nomination.round.code
    return (
        reverse("hub_nominate", args=[nomination.hub.slug, code])
        if nomination.hub
        else reverse("nominate", args=[code])
    )


def nomination_rows(application: Application) -> list[dict[str, str]]:
    """On the hub's page of an application."""
    nomination = application.nomination
    if nomination is None:
        return []
    return [
        {"key": "Nominated by", "value": f"{nomination.nominator}\n{moment(nomination.nominated_at)}"},
        {"key": "Why nominated", "value": nomination.reason},
    ]


def round_words(round: Round) -> str:
    return f"{round.cohort.programme.name}, {round.cohort.name}"

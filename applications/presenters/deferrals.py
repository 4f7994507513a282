"""Where a request to begin in the next cohort stands, for the applicant and for the hub."""

from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.urls import reverse

from applications import permissions
from applications.enums import ONCE_OFFERED, DeferralAction, DeferralState, State
from applications.models import Application, Deferral, DeferralEvent
from applications.services.engines import DEFERRAL
from mastery_hub.accounts.models import User
from mastery_hub.common.templatetags.moments import day, moment

READ = Prefetch("deferrals", Deferral.objects.select_related("hub", "decided_by", "places__cohort__programme"))
DEFERRAL_COLOURS: dict[str, str] = {
    DeferralState.ASKED: "orange",
    DeferralState.GRANTED: "blue",
    DeferralState.TAKEN_UP: "green",
    DeferralState.REFUSED: "red",
    DeferralState.TAKEN_BACK: "grey",
    DeferralState.GIVEN_UP: "grey",
}
EVENT_TITLES = {
    "ask": "Asked to begin in the next cohort",
    DeferralAction.GRANT: "Place kept for the next cohort",
    DeferralAction.REFUSE: "Not kept for the next cohort",
    DeferralAction.TAKE_BACK: "Request to begin in the next cohort taken back",
    DeferralAction.TAKE_UP: "Place taken in the next cohort",
    DeferralAction.GIVE_UP: "Kept place given up",
}
TOLD = {
    "ask": "You asked {hub} to keep a place for the next cohort",
    DeferralAction.GRANT: "{hub} kept a place for the next cohort for you",
    DeferralAction.REFUSE: "{hub} did not keep a place for the next cohort",
    DeferralAction.TAKE_BACK: "Your request to begin in the next cohort was taken back",
    DeferralAction.TAKE_UP: "Your place in the next cohort was taken",
    DeferralAction.GIVE_UP: "You gave the kept place up",
}


def deferral_tag(deferral: Deferral) -> dict[str, str]:
    state = DeferralState(deferral.state)
    return {"text": state.label, "colour": DEFERRAL_COLOURS[state]}


def latest_deferral(application: Application) -> Deferral | None:
    """Reads `READ` where it was prefetched, and asks nothing where the page has learnt that there is none."""
    if application.state not in ONCE_OFFERED or not getattr(application, "has_deferrals", True):
        return None
    prefetch_related_objects([application], READ)
    return next(iter(application.deferrals.all()), None)


def deferral_rows(deferral: Deferral) -> list[dict[str, str]]:
    """For the hub; the applicant reads the same of their own."""
    rows = [
        ("Asked", moment(deferral.asked_at)),
        ("The applicant’s reason", deferral.reason),
        ("Could begin", deferral.until),
        ("Decided", f"{moment(deferral.decided_at)} by {deferral.decided_by}" if deferral.decided_at else ""),
        ("The hub’s reason", deferral.decision_reason),
        ("Place taken in", str(deferral.places.cohort) if deferral.places else ""),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def deferral_told(application: Application) -> dict[str, Any] | None:
    """For the applicant's own page, while it matters: asked, refused with the place still theirs, or kept."""
    if application.shown_state not in (State.ACCEPTED, State.DEFERRED):
        return None
    deferral = latest_deferral(application)
    if deferral is None or deferral.state == DeferralState.TAKEN_BACK:
        return None
    asked = f"You asked {deferral.hub} on {moment(deferral.asked_at)} to keep a place for you in the next cohort"
    words = {
        DeferralState.ASKED: f"{asked}. It has not decided yet. Until it has, your place here is yours",
        DeferralState.REFUSED: f"{deferral.hub} could not keep a place for you in the next cohort. You keep this one",
    }
    kept = f"{deferral.hub} keeps a place for you in the next cohort"
    return {
        "words": words.get(DeferralState(deferral.state), kept),
        "reason": deferral.decision_reason,
        "waits": deferral.state == DeferralState.ASKED,
    }


def kept_words(application: Application) -> tuple[str, str]:
    """What happens next to a kept place, and when."""
    deferral = latest_deferral(application)
    if deferral is None or deferral.places is None:
        what = f"As soon as the next cohort is set up, {application.hub} takes your place up in it, and we email you."
        return what, "When NCETM has set up the next cohort"
    cohort = deferral.places.cohort
    if deferral.has_begun:
        return f"You are in {cohort}. There is nothing more to do here.", "It has begun"
    what = f"Your place in {cohort} is taken. {application.hub} will be in touch about what comes first."
    return what, f"Your development year starts on {day(cohort.academic_year.first_day)}"


def deferral_steps(application: Application) -> list[dict[str, Any]]:
    """For components/timeline.html on the hub's page."""
    if latest_deferral(application) is None:
        return []
    events = DeferralEvent.objects.filter(deferral__application=application).select_related("by")
    return [{"title": EVENT_TITLES[e.action], "at": e.at, "by": str(e.by), "text": e.reason} for e in events]


def deferral_shown(application: Application, user: User) -> dict[str, Any] | None:
    """On the hub's page of one application: the latest request that nobody took back. Whoever may not see the evidence
    sees how it stands, and no reason."""
    deferral = latest_deferral(application)
    if deferral is None or deferral.state == DeferralState.TAKEN_BACK:
        return None
    if not permissions.can_see_evidence(user, application):
        return {"tag": deferral_tag(deferral)}
    href = reverse("hub_deferral", args=[deferral.hub.slug, deferral.pk])
    return {"tag": deferral_tag(deferral), "rows": deferral_rows(deferral), "href": href}


def may(deferral: Deferral, user: Any, action: DeferralAction) -> bool:
    return action in DEFERRAL.available(deferral, user)

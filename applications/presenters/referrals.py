"""Where a referral stands: who has the application, what happens next and by when."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, prefetch_related_objects
from django.urls import reverse

from applications import permissions
from applications.enums import REFERABLE, UNDER_WAY, WITH_RECEIVER, ReferralAction, ReferralState, State
from applications.models import Application, Referral, ReferralEvent
from applications.services.engines import REFERRAL
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.directory.hub_schools import HubSchools, miles_in_words
from mastery_hub.directory.models import MathsHub

READ = Prefetch("referrals", Referral.objects.select_related("from_hub", "to_hub", "asked_by", "decided_by"))
REFERRAL_COLOURS: dict[str, str] = {
    ReferralState.PROPOSED: "orange",
    ReferralState.ASKED: "yellow",
    ReferralState.CONSENTED: "blue",
    ReferralState.ACCEPTED: "green",
    ReferralState.DECLINED: "red",
    ReferralState.REFUSED: "grey",
    ReferralState.DISMISSED: "grey",
    ReferralState.TAKEN_BACK: "grey",
    ReferralState.LAPSED: "grey",
}
EVENT_TITLES = {
    "propose": "Referral to {to_hub} proposed by NCETM",
    "ask": "Applicant asked whether {to_hub} may consider them",
    ReferralAction.AGREE: "Applicant asked whether {to_hub} may consider them",
    ReferralAction.DISMISS: "Not referred to {to_hub}",
    ReferralAction.CONSENT: "Referred to {to_hub}, with the applicant’s consent",
    ReferralAction.REFUSE: "Not referred to {to_hub}: the applicant refused",
    ReferralAction.ACCEPT: "Taken on by {to_hub}",
    ReferralAction.DECLINE: "Not taken on by {to_hub}",
    ReferralAction.TAKE_BACK: "Referral to {to_hub} taken back",
    ReferralAction.LAPSE: "Referral to {to_hub} not answered in time",
}
ASKED = "{from_hub} asked whether {to_hub} may consider your application"
TOLD = {
    "ask": ASKED,
    ReferralAction.AGREE: ASKED,
    ReferralAction.CONSENT: "You consented that {to_hub} reads your application",
    ReferralAction.REFUSE: "You did not want {to_hub} to consider your application",
    ReferralAction.DECLINE: "{to_hub} could not take your application on",
    ReferralAction.TAKE_BACK: "Your application was no longer referred to {to_hub}",
    ReferralAction.LAPSE: "The time to answer about {to_hub} passed",
}
DECISIONS = (ReferralAction.AGREE, ReferralAction.DISMISS, ReferralAction.ACCEPT, ReferralAction.DECLINE)


def referral_tag(referral: Referral) -> dict[str, str]:
    state = ReferralState(referral.state)
    return {"text": state.label, "colour": REFERRAL_COLOURS[state]}


def referrals_of(application: Application) -> list[Referral]:
    """The newest first. Asks nothing where the page has learnt that there is none."""
    if not getattr(application, "has_referrals", True):
        return []
    prefetch_related_objects([application], READ)
    return list(application.referrals.all())


def with_referrals(applications: QuerySet[Application]) -> list[Application]:
    """Asks for them only where there are any."""
    rows: list[Any] = list(
        applications.annotate(has_referrals=Exists(Referral.objects.filter(application=OuterRef("pk"))))
    )
    prefetch_related_objects([each for each in rows if each.has_referrals], READ)
    return rows


def referral_under_way(application: Application) -> Referral | None:
    """Of which the applicant knows, and which waits for somebody."""
    if application.shown_state not in REFERABLE:
        return None
    return next((each for each in referrals_of(application) if each.state in UNDER_WAY), None)


def taken_on(application: Application) -> Referral | None:
    """By which the application came to its hub."""
    if application.shown_state != State.COMPLETE:
        return None
    return next((each for each in referrals_of(application) if each.state == ReferralState.ACCEPTED), None)


def hub_then(application: Application, at: datetime) -> MathsHub | None:
    """Whose it was at that instant."""
    moved = [each for each in referrals_of(application) if each.state == ReferralState.ACCEPTED]
    left = [each for each in moved if each.decided_at and at < each.decided_at]
    return min(left, key=lambda each: each.decided_at or at).from_hub if left else application.hub


def referral_entries(application: Application) -> list[tuple[datetime, int, str, str]]:
    """For the applicant's timeline: of what NCETM only proposed they know nothing."""
    known = {each.pk: each for each in referrals_of(application) if each.asked_at}
    events = ReferralEvent.objects.filter(referral__in=known) if known else []
    found = ((e.at, TOLD.get(e.action), known[e.referral_id]) for e in events)
    return [
        (at, 1, words.format(from_hub=referral.from_hub, to_hub=referral.to_hub), "")
        for at, words, referral in found
        if words
    ]


def referral_steps(application: Application) -> list[dict[str, Any]]:
    """For the hub's own timeline."""
    known = {each.pk: each for each in referrals_of(application)}
    events = ReferralEvent.objects.filter(referral__in=known).select_related("by") if known else []
    return [
        {
            "title": EVENT_TITLES[e.action].format(to_hub=known[e.referral_id].to_hub),
            "at": e.at,
            "by": str(e.by),
            "text": e.reason,
        }
        for e in events
    ]


def distance_words(application: Application, hub: MathsHub) -> str:
    """“about 12 miles away, in a straight line from A to the nearest school of B”."""
    if application.school is None or application.hub is None:
        return ""
    words = miles_in_words(HubSchools(application.hub, [hub]).miles_from(application.school).get(hub.pk))
    return f"{words}, in a straight line from {application.school} to the nearest school of {hub}" if words else ""


def next_words(referral: Referral) -> str:
    """What happens next, for the two hubs."""
    until = f" by {moment(referral.reply_by)}"
    return {
        ReferralState.PROPOSED: f"{referral.from_hub} refers them or says why not,{until}",
        ReferralState.ASKED: f"{referral.application.applicant} consents or refuses,{until}",
        ReferralState.CONSENTED: f"{referral.to_hub} reads the application and answers,{until}",
        ReferralState.ACCEPTED: f"{referral.to_hub} decides about the application as about every other",
    }.get(ReferralState(referral.state), "Nothing: the application is as it was")


def referral_rows(referral: Referral) -> list[dict[str, str]]:
    """For the two hubs."""
    application = referral.application
    asked = f"{moment(referral.asked_at)} by {referral.asked_by}" if referral.asked_at else ""
    decided = f"{moment(referral.decided_at)} by {referral.decided_by}" if referral.decided_at else ""
    pairs = (
        ("School", str(application.school)),
        ("From", str(referral.from_hub)),
        ("To", str(referral.to_hub)),
        ("Proposed by NCETM", moment(referral.made_at) if referral.made_at != referral.asked_at else ""),
        ("Referred", asked),
        ("Why", referral.words),
        ("Consent", moment(referral.consented_at) if referral.consented_at else ""),
        ("Decided", decided),
        ("The answer", referral.decision_reason),
        ("What happens next", next_words(referral)),
    )
    return [{"key": key, "value": value} for key, value in pairs if value]


def referral_shown(application: Application, user: Any) -> dict[str, Any] | None:
    """On the hub's page of one application: the newest."""
    referral = next(iter(referrals_of(application)), None)
    if referral is None:
        return None
    receives = referral.to_hub_id in user.hub_ids() and referral.from_hub_id not in user.hub_ids()
    if receives and referral.state not in WITH_RECEIVER:
        return None
    hub = referral.to_hub if receives else referral.from_hub
    href = reverse("hub_referral", args=[hub.slug, referral.pk])
    return {"tag": referral_tag(referral), "href": href, "text": f"{referral.from_hub} to {referral.to_hub}"}


def referral_told(application: Application) -> dict[str, Any] | None:
    """For the applicant's own page, while it waits for somebody."""
    referral = referral_under_way(application)
    if referral is None:
        return None
    asked = referral.state == ReferralState.ASKED
    return {"referral": referral, "to_answer": asked, "may_take_back": not asked}


def decisions_open_to(referral: Referral, user: Any) -> list[str]:
    return [action for action in REFERRAL.available(referral, user) if action in DECISIONS]


def may_take_back(referral: Referral, user: Any) -> bool:
    return ReferralAction.TAKE_BACK in REFERRAL.available(referral, user)


def may_refer(application: Application, user: Any) -> bool:
    if not permissions.can_refer(user, application):
        return False
    waits = any(each.is_open for each in referrals_of(application))
    return not waits and not permissions.what_bars_referring(application, application.hub_id)

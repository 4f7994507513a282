"""What a hub sees of its recruitment: the rounds that matter now, their figures, and what waits for somebody there."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse

from applications import work
from applications.enums import ENDED, PROPOSED, DeferralState, ExceptionState, Signatory, State, SupportState
from applications.models import Application, Deferral, HeadteacherSupport, Round
from applications.needs import Desk
from cohorts.models import HubPlaces
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Membership
from mastery_hub.common import clock
from mastery_hub.dashboards import measures
from mastery_hub.dashboards.measures import Figures, Measure
from mastery_hub.dashboards.presenters import round_card
from mastery_hub.directory.enums import LARGEST_URN
from mastery_hub.directory.models import MathsHub

NUMBERS = (
    measures.DRAFTS,
    measures.WAITING,
    measures.COMPLETE,
    measures.PROPOSAL,
    measures.OFFERED,
    measures.ACCEPTED,
    measures.RESERVED,
    measures.LEFT,
)
NUMBERS_WITHOUT_PROPOSALS = (
    measures.DRAFTS,
    measures.WAITING,
    measures.SHOWN_COMPLETE,
    measures.OFFERED,
    measures.ACCEPTED,
    measures.SHOWN_RESERVED,
    measures.PLACES,
)
LISTED_AS: dict[Measure, dict[str, Any]] = {  # the filter of the hub's list that shows what a figure counted
    measures.WAITING: {"state": [State.SUBMITTED]},
    measures.COMPLETE: {"state": [State.COMPLETE]},
    measures.SHOWN_COMPLETE: {"state": [State.COMPLETE]},
    measures.UNLISTED: {"school": "unlisted"},
    measures.PROPOSAL: {"state": sorted(PROPOSED)},
    measures.OFFERED: {"state": [State.OFFERED]},
    measures.ACCEPTED: {"state": [State.ACCEPTED]},
    measures.RESERVED: {"state": [State.RESERVED]},
    measures.SHOWN_RESERVED: {"state": [State.RESERVED]},
}
WAITING_FOR_SOMEBODY = frozenset({State.SUBMITTED, State.COMPLETE, State.OFFERED}) | PROPOSED


def places_coming(hub: MathsHub) -> list[tuple[Round, HubPlaces]]:
    """What NCETM has given the hub in rounds that are published and have not opened."""
    rounds = Round.objects.published().filter(opens_at__gt=clock.now(), cohort__hub_places__hub=hub)
    given = {each.cohort_id: each for each in HubPlaces.objects.filter(hub=hub, cohort__in=rounds.values("cohort"))}
    return [(round, given[round.cohort_id]) for round in rounds.with_programme().order_by("opens_at", "pk")]


def rounds_current(hubs: Collection[int] | None = None) -> list[Round]:
    """Of each programme the round that opened last, and any earlier one in which an application waits for somebody.

    Where hubs are named: rounds that they take part in, and applications to them.
    """
    only = {} if hubs is None else {"hub__in": hubs}
    rounds = Round.objects.published().filter(opens_at__lte=clock.now())
    if hubs is not None:
        rounds = rounds.filter(cohort__in=HubPlaces.objects.filter(**only).values("cohort"))
    latest = rounds.order_by("cohort__programme_id", "-opens_at", "-pk").distinct("cohort__programme_id")
    waiting = Application.objects.filter(round=OuterRef("pk"), state__in=WAITING_FOR_SOMEBODY, **only)
    current = rounds.filter(Q(pk__in=latest.values("pk")) | Exists(waiting))
    return list(current.with_programme().order_by("cohort__programme__order", "cohort__programme__name", "-opens_at"))


def sees_proposals(user: Any, hub: MathsHub) -> bool:
    """As in the hub's list of applications: its administrators hear of a decision when the applicant does."""
    return user.is_national or hub.pk in user.hub_ids(Role.HUB_LEAD, Role.HUB_REVIEWER)


def list_address(hub: MathsHub, round: Round, measure: Measure) -> str:
    """The hub's list of what `measure` counted; empty where no list shows it, as for other people's drafts."""
    if measure == measures.EXCEPTIONS:
        return f"{reverse('hub_exception_list', kwargs={'hub': hub.slug})}?state={ExceptionState.ASKED}"
    if measure not in LISTED_AS:
        return ""
    address = reverse("hub_application_list", kwargs={"hub": hub.slug})
    return f"{address}?{urlencode({'round': round.code} | LISTED_AS[measure], doseq=True)}"


def numbers(user: Any, hub: MathsHub, round: Round, figures: Figures) -> list[dict[str, Any]]:
    """For components/stats.html."""
    places = figures.of(hub.pk, measures.PLACES)
    notes = {measures.LEFT: f"of {places} place{'' if places == 1 else 's'}"}
    return [
        {
            "value": figures.of(hub.pk, measure),
            "label": measure.name,
            "href": list_address(hub, round, measure) if figures.of(hub.pk, measure) else "",
            "note": notes.get(measure, ""),
        }
        for measure in (NUMBERS if sees_proposals(user, hub) else NUMBERS_WITHOUT_PROPOSALS)
    ]


@dataclass(frozen=True)
class Due:
    """One thing that waits for somebody, as a sentence that links to where it is done."""

    text: str
    href: str


def hub_due(user: Any, hub: MathsHub, round: Round, figures: Figures) -> list[Due]:
    """What waits for this person: for reviewers their own scores; for leads what nobody scored, and decisions."""
    leads = user.is_national or hub.pk in user.hub_ids(Role.HUB_LEAD)
    scores = leads or hub.pk in user.hub_ids(Role.HUB_REVIEWER)
    unscored = figures.of(hub.pk, measures.UNSCORED)
    to_score = unscored if leads else figures.of(hub.pk, measures.to_score(user))
    scored = figures.of(hub.pk, measures.COMPLETE) - unscored
    proposed = figures.of(hub.pk, measures.PROPOSAL)
    offered = figures.of(hub.pk, measures.OFFERED)
    free = min(figures.of(hub.pk, measures.LEFT), figures.of(hub.pk, measures.RESERVED))
    unlisted = figures.of(hub.pk, measures.UNLISTED)
    exceptions = figures.of(hub.pk, measures.EXCEPTIONS)
    found = [
        (
            leads and unlisted,
            measures.UNLISTED,
            "Say which school 1 application is from: it is not in the register",
            "Say which schools {} applications are from: they are not in the register",
        ),
        (
            leads and exceptions,
            measures.EXCEPTIONS,
            "Decide on 1 exception from an essential rule",
            "Decide on {} exceptions from essential rules",
        ),
        (scores and to_score, measures.COMPLETE, "Score 1 complete application", "Score {} complete applications"),
        (leads and scored, measures.COMPLETE, "Decide on 1 scored application", "Decide on {} scored applications"),
        (leads and proposed, measures.PROPOSAL, "Release 1 proposed decision", "Release {} proposed decisions"),
        (leads and offered, measures.OFFERED, "1 offer waits for an answer", "{} offers wait for an answer"),
        (
            leads and free,
            measures.RESERVED,
            "Offer 1 free place to the reserve list",
            "Offer {} free places to the reserve list",
        ),
    ]
    return [
        Due(one if number == 1 else many.format(number), list_address(hub, round, measure))
        for number, measure, one, many in found
        if number
    ]


def headteachers_due(user: Any, hubs: Iterable[MathsHub]) -> dict[int | None, list[Due]]:
    """By hub, for its leads: who signed for a school of the register and is not yet confirmed as its headteacher, and
    who signs in place of a headteacher who applies, which is not yet agreed."""
    by_pk: dict[int | None, MathsHub] = {hub.pk: hub for hub in hubs if hub.pk in user.hub_ids(Role.HUB_LEAD)}
    is_head = Membership.objects.current().filter(
        user=OuterRef("person"), school=OuterRef("application__school"), role=Role.HEADTEACHER
    )
    heads = Q(state=SupportState.SIGNED, application__school__lte=LARGEST_URN) & ~Q(Exists(is_head))
    heads &= ~Q(signatory=Signatory.HEAD_APPLIES) & Q(pledge__school=F("application__school"))
    others = Q(signatory=Signatory.HEAD_APPLIES, agreed_at=None, application__submitted_at__isnull=False)
    others &= ~Q(application__state__in=ENDED) & ~Q(application__applicant=user)
    found = HeadteacherSupport.objects.current().filter(heads | others, application__hub__in=by_pk)
    waiting: dict[int | None, dict[str, Due]] = {}
    for support in found.select_related("application__school").order_by("answered_at", "pk"):
        application = support.application
        place = {"hub": by_pk[application.hub_id].slug, "reference": application.reference}
        text = f"Confirm that {support.full_name} is the headteacher of {application.school}"
        if support.waits_for_agreement:
            who = f"{support.full_name}, {support.role_words}"
            text = f"Agree that {who}, signs for {application.school}: its head applies"
        due = Due(text, reverse("hub_application", kwargs=place))
        waiting.setdefault(application.hub_id, {}).setdefault(text, due)  # who signed for several is confirmed once
    return {hub: list(dues.values()) for hub, dues in waiting.items()}


def deferrals_waiting(user: Any, hub: MathsHub) -> str:
    """“1 to decide, 2 to be taken up”."""
    asked = Count("pk", filter=Q(state=DeferralState.ASKED) & ~Q(application__state__in=ENDED))
    promised = Count("pk", filter=Q(state=DeferralState.GRANTED))
    found = Deferral.objects.visible_to(user).filter(hub=hub).aggregate(asked=asked, promised=promised)
    words = ((found["asked"], "to decide"), (found["promised"], "to be taken up"))
    return ", ".join(f"{number} {what}" for number, what in words if number)


def hub_work(user: Any, hub: MathsHub) -> list[Due]:
    """What waits for this person at the hub, in all rounds, each with a link to that part of the work list."""
    counted = work.counts(Desk(user, hub))
    return [Due(need.sentence(n), work.list_address(hub, need=need.key)) for need, n in counted.items()]


@dataclass(frozen=True)
class HubRound:
    round: Round
    numbers: list[dict[str, Any]]


def hub_rounds(user: Any, hub: MathsHub, rounds: Iterable[Round]) -> list[HubRound]:
    counted = measures.figures(rounds, seen_by=user, hubs=[hub.pk])
    return [HubRound(round, numbers(user, hub, round, figures)) for round, figures in counted.items()]


def open_rounds(hub: MathsHub) -> tuple[str, dict[str, Any]] | None:
    """A part of the hub's public page: what one can apply for there, now or soon."""
    rounds = Round.objects.published().filter(closes_at__gt=clock.now(), cohort__hub_places__hub=hub)
    cards = [round_card(each) for each in rounds.with_programme().order_by("closes_at")]
    return ("dashboards/_hub_rounds.html", {"cards": cards}) if cards else None

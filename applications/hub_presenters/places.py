"""A hub’s places as its pages count them: none tells of a person’s own application."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, QuerySet, Subquery, When

from applications.enums import DeferralState, State
from applications.models import Application, Deferral, Extension
from cohorts.models import HubPlaces
from mastery_hub.common import clock
from mastery_hub.common.academic_year import AcademicYear
from mastery_hub.directory.models import MathsHub

HOLDING = (State.OFFER_PROPOSED, State.OFFERED, State.ACCEPTED)


def places_stats(hub: MathsHub, user: Any, *, with_proposals: bool) -> list[dict[str, Any]]:
    """A row of numbers for each cohort that is still to begin, the next one first, or else for the last one that did.

    What is left tells of proposals too, so it goes with them. None tells of the person's own application.
    """
    now = AcademicYear.of(clock.today()).starts
    seen = places_seen_by(user).filter(hub=hub)
    all_quotas = seen.select_related("cohort__programme").order_by("-cohort__starts")
    quotas = [quota for quota in reversed(all_quotas) if quota.cohort.starts > now] or all_quotas[:1]
    others = Application.objects.filter(hub=hub, state__in=HOLDING).exclude(applicant=user)
    counted = others.values_list("round__cohort", "state").annotate(n=Count("pk"))
    numbers = {(cohort, state): n for cohort, state, n in counted.order_by()}
    kept = _kept_places(hub, user, quotas)
    return [_quota_stats(quota, numbers, kept, with_proposals=with_proposals) for quota in quotas]


def _kept_places(hub: MathsHub, user: Any, quotas: Iterable[Any]) -> Counter[tuple[int, str]]:
    """How many of each row of places were taken up by people who deferred, and how many more they were promised: of the
    next cohort of the programme, as `promised` has it."""
    deferrals = Deferral.objects.filter(hub=hub, state__in=(DeferralState.TAKEN_UP, DeferralState.GRANTED))
    own = deferrals.exclude(application__applicant=user).select_related("application__round__cohort")
    found = Counter[tuple[int, str]]()
    for deferral in own:
        before = deferral.application.round.cohort
        following = [
            quota.pk
            for quota in quotas
            if quota.cohort.programme_id == before.programme_id
            and quota.cohort.starts > before.starts
            and not quota.cohort.has_begun
        ]
        place = deferral.places_id or next(iter(following), None)
        if place:
            found[place, deferral.state] += 1
    return found


def places_seen_by(user: Any) -> QuerySet[HubPlaces]:
    """With `left_as_seen`: the place that the person's own proposed offer holds, a secret to them, counts as free."""
    own = Application.objects.filter(
        applicant=user, state=State.OFFER_PROPOSED, hub=OuterRef("hub"), round__cohort=OuterRef("cohort")
    )
    hidden = Case(When(Exists(own), then=1), default=0)
    return HubPlaces.objects.annotate(left_as_seen=F("places") - F("taken") + hidden)


def _quota_stats(
    quota: Any, numbers: dict[tuple[int, str], int], kept: Counter[tuple[int, str]], *, with_proposals: bool
) -> dict[str, Any]:
    def held(state: State) -> int:
        return numbers.get((quota.cohort_id, state), 0)

    taken_up, promised = kept[quota.pk, DeferralState.TAKEN_UP], kept[quota.pk, DeferralState.GRANTED]
    stats = [
        {"value": quota.places, "label": "Places"},
        {"value": held(State.OFFER_PROPOSED), "label": "Offers proposed"},
        {"value": held(State.OFFERED), "label": "Offered"},
        {"value": held(State.ACCEPTED), "label": "Accepted"},
        {"value": quota.left_as_seen, "label": "Left"},
    ]
    if promised:
        stats[-1]["note"] = f"{promised} promised to people who deferred"
    if not with_proposals:
        stats = [stats[0], *stats[2:4]]
    if taken_up:
        stats.insert(-1 if with_proposals else len(stats), {"value": taken_up, "label": "Deferred and taken up"})
    return {"cohort": quota.cohort, "stats": stats}


def places_left(application: Application, user: Any) -> str:
    """“2 of 4 places left”: what an offer would take from."""
    promised = Deferral.objects.promised(application.round.cohort).filter(hub=OuterRef("hub")).order_by().values("hub")
    seen = places_seen_by(user).annotate(kept=Subquery(promised.annotate(n=Count("pk")).values("n")))
    quota: Any = seen.filter(cohort=application.round.cohort_id, hub=application.hub_id).first()
    if quota is None:
        return "Your hub has no places in this cohort"
    left = f"{quota.left_as_seen} of {quota.places} places left"
    return f"{left}, {quota.kept} of them kept for people who deferred" if quota.kept else left


def current_extensions(hub: MathsHub) -> list[Extension]:
    """More time that NCETM gave the hub, for as long as some of it is left."""
    given = Extension.objects.standing().filter(hub=hub).select_related("round__cohort__programme", "by")
    return [extension for extension in given if extension.ends_at > clock.now()]

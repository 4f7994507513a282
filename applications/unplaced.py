"""Free places and strong candidates without one, of a round: what a proposal of moves is made from.

Places count as free once those kept for deferrals, those for which somebody is referred already and the hub's own
reserve list have theirs: nobody is moved past the people who wait there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from scipy.spatial import cKDTree

from applications.enums import NO_PLACE_YET, REFERABLE, ReferralState, State
from applications.matching import Candidate
from applications.models import Application, Deferral, PanelOrder, Referral, Round, Score
from applications.models.applications import SCHOOL_UNLISTED
from cohorts.models import HubPlaces
from mastery_hub.common import clock
from mastery_hub.common.maps import known
from mastery_hub.directory.areas import AreasOfDay
from mastery_hub.directory.hub_schools import MILE
from mastery_hub.directory.models import HubNeighbour, MathsHub, School

SAID_NO = (ReferralState.DECLINED, ReferralState.REFUSED, ReferralState.DISMISSED)


@dataclass
class FreePlaces:
    """Of one hub, and why not all that are left are free."""

    hub: MathsHub
    places: int
    left: int
    kept: int
    referred: int
    reserves: int

    @property
    def open_to_own(self) -> int:
        return max(0, self.left - self.kept - self.referred)

    @property
    def free(self) -> int:
        return max(0, self.open_to_own - self.reserves)


class Unplaced:
    """Constant queries, whatever the number of hubs and candidates."""

    def __init__(self, round: Round) -> None:
        self.round = round

    @cached_property
    def hubs(self) -> dict[int, FreePlaces]:
        cohort = self.round.cohort
        kept = Counter(Deferral.objects.promised(cohort).values_list("hub", flat=True))
        referred = Counter(self._underway.values_list("to_hub", flat=True))
        reserves = Counter(each.hub_id for each in self._without_a_place if each.state == State.RESERVED)
        rows = HubPlaces.objects.filter(cohort=cohort, hub__closed_on=None).select_related("hub")
        return {
            row.hub_id: FreePlaces(
                row.hub, row.places, row.left, kept[row.hub_id], referred[row.hub_id], reserves[row.hub_id]
            )
            for row in rows
        }

    @property
    def _underway(self) -> QuerySet[Referral]:
        return Referral.objects.open().filter(application__round=self.round)

    @cached_property
    def _without_a_place(self) -> list[Any]:
        """Who may be referred and is not, with `mean` and `panel_place`."""
        scores = Score.objects.submitted().filter(review__application=OuterRef("pk"))
        order = PanelOrder.objects.filter(application=OuterRef("pk"), hub=OuterRef("hub"))
        again = Application.objects.live().filter(applicant=OuterRef("applicant"), round=OuterRef("round"))
        found = Application.objects.filter(
            ~Exists(Referral.objects.open().filter(application=OuterRef("pk"))),
            ~Exists(again.exclude(pk=OuterRef("pk"))),
            round=self.round,
            state__in=sorted(REFERABLE),
        ).exclude(eligibility__in=sorted(NO_PLACE_YET))
        return list(
            found.exclude(SCHOOL_UNLISTED)
            .annotate(mean=Subquery(scores.means()), panel_place=Subquery(order.values("place")))
            .select_related("applicant", "school", "hub")
            .order_by(F("mean").desc(nulls_last=True), "pk")
        )

    @cached_property
    def strong(self) -> list[Any]:
        """The best first; without those for whom their own hub has a place left."""
        waiting = defaultdict(list)
        for each in self._without_a_place:
            if each.state == State.RESERVED:
                waiting[each.hub_id].append(each)
        served = set()
        for hub, people in waiting.items():
            own = self.hubs[hub].open_to_own if hub in self.hubs else 0
            in_order = sorted(
                people, key=lambda each: (each.panel_place or len(people) + 1, -(each.mean or 0), each.pk)
            )
            served |= {each.pk for each in in_order[:own]}
        return [each for each in self._without_a_place if each.mean is not None and each.pk not in served]

    def candidates(self, *, least_score: float, reach: int | None) -> list[Candidate]:
        strong = [each for each in self.strong if each.mean >= least_score]
        far = self._miles(strong)
        said_no = set(
            Referral.objects.filter(application__in=[each.pk for each in strong], state__in=SAID_NO).values_list(
                "application", "to_hub"
            )
        )
        return [
            Candidate(
                each.pk,
                each.mean,
                {
                    hub: miles
                    for hub, miles in far.get(each.pk, {}).items()
                    if hub != each.hub_id
                    and (each.pk, hub) not in said_no
                    and (hub in self._neighbours[each.hub_id] or (reach is not None and miles <= reach))
                },
            )
            for each in strong
        ]

    @cached_property
    def _neighbours(self) -> dict[int, set[int]]:
        found = defaultdict(set)
        for hub, other in HubNeighbour.objects.values_list("from_mathshub", "to_mathshub"):
            found[hub].add(other)
        return found

    def _miles(self, applications: Iterable[Any]) -> dict[int, dict[int, float]]:
        """To the nearest school of each hub with a free place; nothing for a school whose whereabouts nobody knows."""
        with_free = [each.hub for each in self.hubs.values() if each.free]
        here = [each for each in applications if known([(each.school.easting, each.school.northing)])]
        if not here or not with_free:
            return {}
        own = np.array([(each.school.easting, each.school.northing) for each in here], dtype=float)
        found: dict[int, dict[int, float]] = {each.pk: {} for each in here}
        for hub, points in schools_of(with_free).items():
            metres, _ = cKDTree(np.array(points, dtype=float)).query(own)
            for each, far in zip(here, metres.tolist(), strict=True):
                found[each.pk][hub] = far / MILE
        return found


def _in_order(application: Any) -> tuple[float, float, int]:
    """As the hub ranks them, then the others by score."""
    return application.panel_place or float("inf"), -(application.mean or 0), application.pk


def schools_of(hubs: list[MathsHub]) -> dict[int, list[tuple[int, int]]]:
    """Where each hub's open state-funded schools are; in two queries."""
    areas = AreasOfDay(clock.today())
    schools = School.objects.open().state_funded().filter(areas.held_by(hubs)).order_by()
    found = defaultdict(list)
    for authority, district, easting, northing in schools.values_list("authority", "district", "easting", "northing"):
        hub = areas.hub_of(authority, district)
        if hub is not None and easting and northing:
            found[hub].append((easting, northing))
    return found

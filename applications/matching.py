"""Which candidates without a place might go to which free places: an assignment problem, given to SciPy.

It knows nothing of rows. Costs are whole numbers, so that the same question always has an answer of the same worth:
hundredths of a mile, and what the score falls short of the best, at so many miles a point. A place that is filled
outweighs any travel.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

BEST = 4.0
SCALE = 100


@dataclass(frozen=True)
class Candidate:
    """`miles` to each hub that is within reach."""

    key: int
    score: float
    miles: Mapping[int, float] = field(default_factory=dict)

    def cost(self, hub: int, miles_a_point: int) -> int:
        return round(self.miles[hub] * SCALE) + round((BEST - self.score) * SCALE) * miles_a_point


@dataclass(frozen=True)
class Move:
    candidate: int
    hub: int


def propose(candidates: Sequence[Candidate], places: Mapping[int, int], *, miles_a_point: int) -> list[Move]:
    """The most places first, then the least cost. At most `places[hub]` to a hub, and nobody twice."""
    people = sorted(candidates, key=lambda each: each.key)
    slots = [hub for hub in sorted(places) for _ in range(max(0, min(places[hub], len(people))))]
    if not people or not slots:
        return []
    costs = {
        (row, hub): each.cost(hub, miles_a_point)
        for row, each in enumerate(people)
        for hub in each.miles
        if places.get(hub, 0) > 0
    }
    filled = (max(costs.values(), default=0) + 1) * (min(len(people), len(slots)) + 1)
    matrix = np.zeros((len(people), len(slots)))
    first = {hub: slots.index(hub) for hub in set(slots)}
    for (row, hub), cost in costs.items():
        matrix[row, first[hub] : first[hub] + slots.count(hub)] = cost - filled
    rows, columns = linear_sum_assignment(matrix)
    chosen = zip(rows.tolist(), columns.tolist(), strict=True)
    return [Move(people[row].key, slots[column]) for row, column in chosen if (row, slots[column]) in costs]

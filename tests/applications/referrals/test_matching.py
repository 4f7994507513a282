"""Who might move to a free place: the answer against brute force, and what it is made from."""

from itertools import product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from applications.matching import Candidate, Move, propose

HUBS = (1, 2, 3)
INSTANCES = st.tuples(
    st.lists(
        st.tuples(
            st.integers(0, 16).map(lambda quarter: quarter / 4),
            st.dictionaries(st.sampled_from(HUBS), st.integers(0, 60).map(float), max_size=3),
        ),
        max_size=5,
    ),
    st.dictionaries(st.sampled_from(HUBS), st.integers(0, 2), max_size=3),
    st.integers(0, 30),
)


def worth(moves: list[Move], people: dict[int, Candidate], miles_a_point: int) -> tuple[int, int]:
    """The more places and the less cost, the less it is."""
    return -len(moves), sum(people[each.candidate].cost(each.hub, miles_a_point) for each in moves)


def by_trying_all(candidates: list[Candidate], places: dict[int, int], miles_a_point: int) -> tuple[int, int]:
    people, best = {each.key: each for each in candidates}, (0, 0)
    for choice in product(*([None, *sorted(each.miles)] for each in candidates)):
        moves = [Move(each.key, hub) for each, hub in zip(candidates, choice, strict=True) if hub is not None]
        if all(sum(move.hub == hub for move in moves) <= places.get(hub, 0) for hub in HUBS):
            best = min(best, worth(moves, people, miles_a_point))
    return best


@settings(max_examples=150, deadline=None)
@given(INSTANCES)
def test_nothing_fills_more_places_with_less_travel_and_better_scores(instance) -> None:
    told, places, miles_a_point = instance
    candidates = [Candidate(key, score, miles) for key, (score, miles) in enumerate(told)]
    people = {each.key: each for each in candidates}

    moves = propose(candidates, places, miles_a_point=miles_a_point)

    assert worth(moves, people, miles_a_point) == by_trying_all(candidates, places, miles_a_point)
    assert len({move.candidate for move in moves}) == len(moves)
    assert all(sum(move.hub == hub for move in moves) <= places.get(hub, 0) for hub in HUBS)
    assert all(move.hub in people[move.candidate].miles for move in moves)
    assert propose(list(reversed(candidates)), places, miles_a_point=miles_a_point) == moves


def test_most_places_come_before_least_travel() -> None:
    """The nearest for the first alone would leave the second nowhere to go."""
    both, one = Candidate(1, 3.0, {1: 1.0, 2: 50.0}), Candidate(2, 3.0, {1: 40.0})

    assert propose([both, one], {1: 1, 2: 1}, miles_a_point=10) == [Move(1, 2), Move(2, 1)]


def test_point_of_the_score_is_worth_so_many_miles() -> None:
    near, strong = Candidate(1, 2.0, {1: 5.0}), Candidate(2, 3.0, {1: 14.0})

    assert propose([near, strong], {1: 1}, miles_a_point=10) == [Move(2, 1)]
    assert propose([near, strong], {1: 1}, miles_a_point=8) == [Move(1, 1)]


def test_nobody_moves_where_there_is_nothing() -> None:
    assert propose([], {1: 1}, miles_a_point=10) == []
    assert propose([Candidate(1, 3.0, {1: 5.0})], {}, miles_a_point=10) == []
    assert propose([Candidate(1, 3.0, {1: 5.0})], {1: 0, 2: 3}, miles_a_point=10) == []


def test_a_nations_round_fills_every_place() -> None:
    draw = Random("nation")
    hubs = range(1, 41)
    people = [
        Candidate(key, draw.uniform(2, 4), {hub: draw.uniform(1, 90) for hub in draw.sample(hubs, 6)})
        for key in range(600)
    ]

    moves = propose(people, dict.fromkeys(hubs, 4), miles_a_point=10)

    assert len(moves) == 160

"""Names of people and places that do not exist, drawn the same way by everyone with the same `Random`."""

import tomllib
from pathlib import Path
from random import Random
from typing import NamedTuple

_NAMES = tomllib.loads((Path(__file__).parent.parent / "data" / "names.toml").read_text(encoding="utf-8"))
WOMEN, MEN, LAST, PLACE_STARTS, PLACE_ENDS = (
    _NAMES[kind].split() for kind in ("women", "men", "last", "place_starts", "place_ends")
)
SAINTS = _NAMES["saints"]


class Person(NamedTuple):
    title: str
    first_name: str
    last_name: str


def person(draw: Random) -> Person:
    woman = draw.random() < 0.65
    title = draw.choice(("Mrs", "Miss", "Ms", "Dr") if woman else ("Mr", "Mr", "Mr", "Dr"))
    return Person(title, draw.choice(WOMEN if woman else MEN), draw.choice(LAST))


def places(draw: Random) -> list[str]:
    """Every village there could be, in random order; no name twice."""
    pairs = [(start, end) for start in PLACE_STARTS for end in PLACE_ENDS]
    names = [start + end for start, end in pairs if start[-1] != end[0] and start[-2:] != end[:2]]
    draw.shuffle(names)
    return names

"""Reads the register's file of links between schools (GIAS, links_edubasealldata….csv): who became whom.

The register tells each succession twice, once from either end; the second is counted as told twice. Links of other
kinds (a sixth form centre, a children's centre) make no school the successor of another and are counted apart, as are
those to a school that the register here does not hold: nearly all of them are of Wales.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mastery_hub.directory.enums import LARGEST_URN, LinkKind
from mastery_hub.directory.register.extract import Extract
from mastery_hub.directory.register.values import Column, Unreadable, read_day, read_whole

COLUMNS = ("URN", "LinkURN", "LinkType", "LinkEstablishedDate")
ENDINGS = {
    "": LinkKind.SUCCESSOR,
    " - amalgamated": LinkKind.AMALGAMATED,
    " - merged": LinkKind.MERGED,
    " - split school": LinkKind.SPLIT,
}
SUCCESSORS = {f"successor{ending}": kind for ending, kind in ENDINGS.items()}
PREDECESSORS = {f"predecessor{ending}": kind for ending, kind in ENDINGS.items()}
OTHERS = {
    "children's centre link",
    "closure",
    "expansion",
    "merged - change in age range",
    "merged - expansion in school capacity and changer in age range",
    "merged - expansion of school capacity",
    "other",
    "result of amalgamation",
    "sixth form centre link",
    "sixth form centre school",
}
Pair = tuple[int, int]  # from the earlier school to the later


class Link(NamedTuple):
    kind: LinkKind
    linked_on: str  # as COPY takes it


@dataclass
class LinkReading:
    """`read` fills `links`; `schools` holds the URNs that the register here has. What is first in the file stays."""

    path: Path
    schools: set[int]
    progress: Callable[[int], None]
    links: dict[Pair, Link] = field(default_factory=dict)
    repeated: int = 0
    other_kinds: int = 0
    outside_england: int = 0

    def __post_init__(self) -> None:
        self.extract = Extract(self.path, list(COLUMNS), told=self.progress)
        self.later: dict[int, list[int]] = {}
        urn = read_whole(LARGEST_URN, needed=True)
        self.urn, self.other = Column("URN", urn), Column("LinkURN", urn)
        self.day = Column("LinkEstablishedDate", read_day)

    def read(self) -> None:
        places = [self.extract.places[column] for column in COLUMNS]
        for line, _, values in self.extract.records():
            try:
                self._take(*(values[place] for place in places))
            except Unreadable as error:
                self.extract.reject(line, values[places[0]], str(error))

    def _take(self, told_urn: str, told_other: str, told_kind: str, told_day: str) -> None:
        urn, other = int(self.urn[told_urn]), int(self.other[told_other])
        kind = told_kind.replace("’", "'").strip().lower()
        if kind in OTHERS:
            self.other_kinds += 1
            return
        if kind not in SUCCESSORS and kind not in PREDECESSORS:
            raise Unreadable(f"LinkType is “{told_kind.strip():.60}”, no kind of link that the register has")
        day = self.day[told_day]
        pair = (urn, other) if kind in SUCCESSORS else (other, urn)
        if not self.schools.issuperset(pair):
            self.outside_england += 1
        elif pair in self.links:
            self.repeated += 1
        else:
            self._refuse_circle(*pair)
            self.links[pair] = Link(SUCCESSORS.get(kind) or PREDECESSORS[kind], day)
            self.later.setdefault(pair[0], []).append(pair[1])

    def _refuse_circle(self, earlier: int, later: int) -> None:
        if way := self._way(later, earlier):
            steps = " to ".join(str(urn) for urn in [earlier, *way])
            raise Unreadable(f"The link closes a circle, from {steps}")

    def _way(self, start: int, end: int) -> list[int]:
        """The schools from one to another by the links so far; none when they do not lead there."""
        came_from, waiting = {start: 0}, [start]
        while waiting:
            urn = waiting.pop()
            if urn == end:
                way = [urn]
                while came_from[way[0]]:
                    way.insert(0, came_from[way[0]])
                return way
            for following in self.later.get(urn, []):
                if following not in came_from:
                    came_from[following] = urn
                    waiting.append(following)
        return []

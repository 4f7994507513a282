"""What every benchmark shares: a time stands beside its yardstick from the same run, and both in one printed table.

    def test_search(db, bench):
        bare = "a bare query", median(bare_query)
        bench.add("Search", median(search), yardstick=bare, most=3)        # so many times its yardstick
        bench.add("Search in the database", median(search), within=0.02)   # so many seconds

Run by `make bench` alone. A figure over its budget fails its test, after the table has told all of them.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def seconds_of(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def median(call: Callable[[], Any], *, before: Callable[[], Any] = lambda: None, times: int = 3) -> float:
    """The middle of so many runs; `before` each of them, unmeasured, brings back what the last one changed."""
    taken = []
    for _ in range(times):
        before()
        taken.append(seconds_of(call))
    return statistics.median(taken)


def readable(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


@dataclass(frozen=True)
class Figure:
    name: str
    seconds: float
    yardstick: str = ""
    yardstick_seconds: float = 0
    most: float | None = None
    within: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.seconds / self.yardstick_seconds if self.yardstick_seconds else None

    @property
    def is_over(self) -> bool:
        slow = self.within is not None and self.seconds > self.within
        return slow or (self.most is not None and (self.ratio or 0) > self.most)

    @property
    def cells(self) -> tuple[str, ...]:
        budgets = [f"{self.most:g} ×" if self.most else "", readable(self.within) if self.within else ""]
        return (
            self.name,
            readable(self.seconds),
            f"{self.yardstick}: {readable(self.yardstick_seconds)}" if self.yardstick else "",
            f"{self.ratio:.2f} ×" if self.ratio else "",
            ", ".join(filter(None, budgets)),
            "OVER" if self.is_over else "",
        )


HEADS = ("What", "Time", "Yardstick", "Ratio", "Budget", "")


def table_of(figures: list[Figure]) -> list[str]:
    rows = [HEADS, *(figure.cells for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


class Bench:
    """One test's figures; `all_figures` gathers those of the whole run."""

    def __init__(self, all_figures: list[Figure]) -> None:
        self.all_figures, self.figures = all_figures, list[Figure]()

    def add(
        self,
        name: str,
        seconds: float,
        *,
        yardstick: tuple[str, float] = ("", 0),
        most: float | None = None,
        within: float | None = None,
    ) -> None:
        figure = Figure(name, seconds, *yardstick, most, within)
        self.figures.append(figure)
        self.all_figures.append(figure)

"""Benchmarks are collected by `-m bench` alone: no timed test belongs among the others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.performance.bench import Bench, Figure, table_of

FIGURES = pytest.StashKey[list[Figure]]()


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    return None if config.option.markexpr == "bench" else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("bench")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if figures := config.stash.get(FIGURES, []):
        terminalreporter.section("figures")
        for line in table_of(figures):
            terminalreporter.write_line(line)


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    made = Bench(request.config.stash.setdefault(FIGURES, []))
    yield made
    assert [figure.name for figure in made.figures if figure.is_over] == []

"""Searching 50,000 schools while somebody types, by the budgets: 20 ms in the database and 50 ms answered.

The database's time is that of the statements alone, as the page sends them; its yardstick is `SELECT 1`. An answer's is
that of the whole request through Django; its yardstick is the same page asked for nothing. The budget holds for the
middle of twenty, beside which the slowest but one stands.
"""

import time
from collections.abc import Callable
from datetime import date
from functools import partial
from io import StringIO
from itertools import islice, product
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test import Client

from mastery_hub.demo.world.schools import SCHOOLS_A_SHARE, register_write
from mastery_hub.directory.finding import schools_found
from mastery_hub.directory.models import School, SchoolWord
from mastery_hub.directory.services.register import register_import
from tests.performance.bench import Bench, readable, seconds_of

pytestmark = pytest.mark.django_db(transaction=True)
IN_DATABASE, ANSWERED = 0.020, 0.050
RUNS = 20
MANY = 50_000
SEARCHES = {
    "a name": "larkmoor primary school",
    "its beginning": "larkm",
    "a town": "halifax",
    "name and town": "beckside halifax",
    "a saint": "st mary",
    "a faith": "church of england primary",
    "a postcode": "HX1",
    "a district of two": "E1",
    "a number": "900001",
    "half a number": "9000",
    "common words": "primary school",
    "one common word": "academy",
    "letters": "e primary school",
    "eight words": "the st mary and st john catholic voluntary aided primary school",
    "misspelt": "Larkmore Primry Halifx",
    "misspelt saint": "St Maries halifax",
    "misspelt common words": "primry scool acadamy",
    "a word too many": "larkmoor primary school xyzzyq",
    "nonsense": "qwertyuiop asdfgh",
}
VOCABULARY = 17_500  # different words in the names and towns of the real register; the fictional one has fewer
SYLLABLES = "ash bar cal den eck fen gor hol ing jan kel lin mar nor oak pen quin ros sel tor ul ver wick yar zed"


@pytest.fixture
def register(tmp_path: Path) -> None:
    call_command("load_directory", stdout=StringIO())
    path = tmp_path / "edubasealldata20270901.csv"
    register_write(path, date(2027, 9, 1), schools_a_share=SCHOOLS_A_SHARE * MANY / 1_900)
    register_import(path=path, by=get_user_model().objects.system())
    made = map("".join, product(SYLLABLES.split(), repeat=3))
    words = [SchoolWord(word=word, schools=1) for word in islice(made, VOCABULARY - SchoolWord.objects.count())]
    SchoolWord.objects.bulk_create(words, ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE directory_school, directory_schoolword")
    assert School.objects.count() >= MANY


class Database:
    """Adds up what statements take."""

    seconds = 0.0

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:
        start = time.perf_counter()
        try:
            return execute(*statement)
        finally:
            self.seconds += time.perf_counter() - start


def in_database(call: Callable[[], Any]) -> float:
    database = Database()
    with connection.execute_wrapper(database):
        call()
    return database.seconds


def measured(measure: Callable[[], float]) -> tuple[float, float]:
    """The middle and the slowest but one, after one that warms up."""
    measure()
    taken = sorted(measure() for _ in range(RUNS))
    return median(taken), taken[-2]


def test_search(bench: Bench, register: None) -> None:
    client = Client()

    def select_1() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    def asked(text: str) -> Callable[[], Any]:
        return lambda: client.get("/schools/suggestions/", {"q": text})

    def figure(name: str, measure: Callable[[], float], yardstick: tuple[str, float], within: float) -> None:
        middle, slowest = measured(measure)
        bench.add(f"{name} (slowest {readable(slowest)})", middle, yardstick=yardstick, within=within)

    bare = "SELECT 1", measured(lambda: in_database(select_1))[0]
    nothing = "an empty search", measured(lambda: seconds_of(asked("")))[0]
    for what, text in SEARCHES.items():
        figure(f"Search by {what}, database", partial(in_database, partial(schools_found, text, 10)), bare, IN_DATABASE)
        figure(f"Search by {what}, answered", partial(seconds_of, asked(text)), nothing, ANSWERED)

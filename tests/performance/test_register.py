"""The register's import of a whole file, beside PostgreSQL's own COPY of the same file into a table of texts."""

import statistics
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection

from mastery_hub.directory.models import RegisterImport, RegisterLine, School
from mastery_hub.directory.services.register import register_import
from tests.performance import register_file
from tests.performance.bench import Bench, seconds_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("register") / "edubasealldata20270901.csv"
    register_file.full_write(path, date(2027, 9, 1))
    register_file.next_day_write(path.with_name("next.csv"), path)
    return path


def copied(path: Path) -> Callable[[], None]:
    """The yardstick: the file as it is, each column a text."""

    def copy() -> None:
        columns = ", ".join(f"c{number} text" for number in range(len(register_file.NAMES)))
        with connection.cursor() as cursor, path.open("rb") as file:
            cursor.execute(f"CREATE TABLE bench_copy ({columns})")
            cursor.copy_expert("COPY bench_copy FROM STDIN WITH (FORMAT csv, HEADER, ENCODING 'WIN1252')", file)

    return copy


def imported(path: Path, **wanted: int) -> Callable[[], None]:
    def run() -> None:
        made = register_import(path=path, by=get_user_model().objects.system())
        assert {name: getattr(made, name) for name in wanted} == wanted

    return run


def emptied() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {School._meta.db_table}, {RegisterLine._meta.db_table} CASCADE")
        cursor.execute("DROP TABLE IF EXISTS bench_copy")
    RegisterImport.objects.all().delete()


def test_register_import(bench: Bench, extract: Path) -> None:
    """In three rounds, so that whatever else the machine does weighs on the yardstick as well."""
    call_command("load_directory", stdout=StringIO())
    calls = {
        "yardstick": copied(extract),
        "first load": imported(extract, rows=50_000, created=48_333, rejected=0),
        "next day, 1% changed": imported(extract.with_name("next.csv"), rows=50_000, created=0, updated=500),
        "the same file again": imported(extract.with_name("next.csv"), created=0, updated=0, unchanged=48_333),
    }
    taken = []
    for _ in range(3):
        emptied()
        taken.append({name: seconds_of(call) for name, call in calls.items()})
    middle = {name: statistics.median(times[name] for times in taken) for name in calls}

    yardstick = "COPY of the file", middle["yardstick"]
    for name, most in (("first load", 8), ("next day, 1% changed", 3), ("the same file again", 3)):
        bench.add(f"Register, {name}", middle[name], yardstick=yardstick, most=most)

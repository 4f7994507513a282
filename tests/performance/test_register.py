"""The register's import of a whole file, beside PostgreSQL's own COPY of the same file into a table of texts."""

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
from tests.performance.bench import Bench, median

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
            cursor.execute("DROP TABLE IF EXISTS bench_copy")
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
    RegisterImport.objects.all().delete()


def test_register_import(bench: Bench, extract: Path) -> None:
    call_command("load_directory", stdout=StringIO())
    following = extract.with_name("next.csv")
    yardstick = "COPY of the file", median(copied(extract))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_copy")
    first = imported(extract, rows=50_000, created=48_333, rejected=0)
    bench.add("Register, first load", median(first, before=emptied), yardstick=yardstick, most=8)

    def day_before() -> None:
        emptied()
        first()

    changed = imported(following, rows=50_000, created=0, updated=500, rejected=0)
    bench.add("Register, next day, 1% changed", median(changed, before=day_before), yardstick=yardstick, most=3)
    again = imported(following, created=0, updated=0, unchanged=48_333)
    bench.add("Register, the same file again", median(again), yardstick=yardstick, most=3)

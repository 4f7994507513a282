"""Runs of the register's import: what a second one touches, what is refused, what remains of one that died."""

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection

from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import RegisterImport, RegisterLine, School, SchoolWord
from mastery_hub.directory.register import schools as reading
from mastery_hub.directory.services import register, schools
from mastery_hub.directory.services.register import register_import
from tests.directory.test_register_import import LINE, counts
from tests.factories.directory import LocalAuthorityFactory, RegionFactory, RegisterImportFactory, SchoolFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(db, tmp_path) -> Callable[..., Path]:
    """A file of so many schools: `write(3)`, or of lines that differ from LINE as told."""
    LocalAuthorityFactory(code=998, name="Fictionshire", region=RegionFactory(name="North West"))

    def write(*lines: dict, schools: int = 0) -> Path:
        rows = [LINE | line for line in lines] + [LINE | {"URN": str(900001 + n)} for n in range(schools)]
        path = tmp_path / "extract.csv"
        text = [",".join(LINE), *(",".join(row.values()) for row in rows)]
        path.write_text("\n".join(text) + "\n", encoding="cp1252")
        return path

    return write


@pytest.fixture
def bring(write) -> Callable[..., RegisterImport]:
    def bring(*lines: dict, schools: int = 0, **options) -> RegisterImport:
        path = write(*lines, schools=schools)
        return register_import(path=path, by=get_user_model().objects.system(), **options)

    return bring


def versions() -> dict[int, tuple[str, str]]:
    """Which version of a row this is, and where it lies: both change with any write."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT urn, xmin::text, ctid::text FROM directory_school")
        return {urn: version for urn, *version in cursor.fetchall()}


def lines() -> dict[int, int]:
    return dict(RegisterLine.objects.values_list("urn", "digest"))


def test_same_file_again_touches_no_row(bring):
    bring(schools=3)
    before, remembered = versions(), lines()

    made = bring(schools=3)

    assert counts(made) == {"rows": 3, "unchanged": 3}
    assert versions() == before
    assert lines() == remembered


def test_next_file_touches_only_what_differs(bring):
    bring({}, {"URN": "900002"}, {"URN": "900003"})
    before = versions()

    made = bring({}, {"URN": "900002", "HeadLastName": "New"}, {"URN": "900004"})

    after = versions()
    assert counts(made) == {"rows": 3, "created": 1, "updated": 1, "unchanged": 1}
    assert {urn for urn in before if after[urn] == before[urn]} == {900001, 900003}
    assert School.objects.get(urn=900002).head_last_name == "New"
    assert School.objects.filter(search__contains="900004").count() == 1


def test_line_that_changed_in_a_column_nobody_reads_is_remembered_and_touches_no_row(bring):
    bring({})
    before, remembered = versions(), lines()

    made = bring({"Unused": "other"})

    assert counts(made) == {"rows": 1, "unchanged": 1}
    assert versions() == before
    assert set(lines()) == {900001}
    assert lines() != remembered


def test_school_that_somebody_changed_is_read_again_from_the_same_line(bring):
    bring(schools=2)
    School.objects.filter(urn=900001).update(name="Somebody's idea")
    assert set(lines()) == {900002}

    made = bring(schools=2)

    assert counts(made) == {"rows": 2, "updated": 1, "unchanged": 1}
    assert School.objects.get(urn=900001).name == LINE["EstablishmentName"]
    assert set(lines()) == {900001, 900002}


def test_line_that_is_in_the_file_twice_is_rejected_each_time(bring):
    first, again = bring({}, {}), bring({}, {})

    assert counts(first) == {"rows": 2, "created": 1, "rejected": 1}
    assert counts(again) == {"rows": 2, "unchanged": 1, "rejected": 1}
    assert again.rejections == first.rejections == [(3, "900001", "URN is in the file twice")]


@pytest.mark.parametrize(("reader", "name"), [(reading.READER, "As misread"), (b"of the next release", "Fiction 1")])
def test_line_that_another_release_has_read_is_read_again(bring, monkeypatch, reader, name):
    bring({"EstablishmentName": "Fiction 1"})
    line = RegisterLine.objects.get()
    School.objects.update(name="As misread")
    line.save(force_insert=True)  # which the change made forgotten

    monkeypatch.setattr(reading, "READER", reader)
    bring({"EstablishmentName": "Fiction 1"})

    assert School.objects.get().name == name


def test_reader_is_all_code_that_takes_a_line_apart():
    used = {reading, inspect.getmodule(reading.Extract), inspect.getmodule(reading.Column)}

    assert len(used) == 3
    assert {module for module in used if inspect.getsource(module).encode() not in reading.READER} == set()


def test_school_that_is_gone_comes_back_from_the_same_line(bring):
    bring(schools=2)
    School.objects.filter(urn=900001).delete()

    assert counts(bring(schools=2)) == {"rows": 2, "created": 1, "unchanged": 1}


def test_same_lines_below_other_columns_are_read_again(bring, write):
    bring(schools=2)
    path = write(schools=2)
    head, rest = path.read_text(encoding="cp1252").split("\n", 1)
    swapped = head.replace("Town", "?").replace("Locality", "Town").replace("?", "Locality")
    path.write_text(f"{swapped}\n{rest}", encoding="cp1252")

    made = register_import(path=path, by=get_user_model().objects.system())

    assert counts(made) == {"rows": 2, "updated": 2}
    assert School.objects.values_list("town", "locality").first() == ("", "Fictionby")


def test_schools_that_closed_are_counted_among_the_updated(bring):
    closed = {"EstablishmentStatus (code)": "2", "CloseDate": "31-08-2027"}
    bring({}, {"URN": "900002"}, {"URN": "900003"} | closed, {"URN": "900004", "EstablishmentStatus (code)": "3"})

    made = bring(
        closed,
        {"URN": "900002", "EstablishmentStatus (code)": "3"},  # proposed to close is open
        {"URN": "900003", "Town": "Elsewhere"} | closed,
        {"URN": "900004"} | closed,
    )

    assert counts(made) == {"rows": 4, "updated": 4}
    assert made.closed == 2


@pytest.mark.parametrize("known", [0, 1])
def test_first_load_of_many_is_found_like_any_other(bring, monkeypatch, known):
    """Into an empty register search is indexed after the schools; the indexes are there again whatever was done."""
    monkeypatch.setattr(schools, "MANY", 3)
    for urn in range(100001, 100001 + known):
        SchoolFactory(urn=urn)

    made = bring(schools=3)

    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'school_search_%'")
        indexes = [index.partition("USING ")[2] for (index,) in cursor.fetchall()]
    assert counts(made) == {"rows": 3, "created": 3}
    assert School.objects.filter(search__contains=" ada s ").count() == 0  # apostrophes are dropped
    assert School.objects.search("st adas primary").count() == 3
    assert SchoolWord.objects.get(word="adas").schools == 3
    assert [index.partition(" WHERE ")[0] for index in indexes] == ["gin (search gin_trgm_ops)"] * 2


@pytest.mark.parametrize(("found", "refused"), [(2, True), (3, False)])
def test_file_with_fewer_than_half_the_usual_rows_is_refused(bring, found, refused):
    bring(schools=6)
    before = versions()

    if refused:
        with pytest.raises(DomainError) as error:
            bring({"HeadLastName": "New"}, {"URN": "900002"})
        run = RegisterImport.objects.first()
        assert error.value.code == "too-few"
        assert error.value.message == (
            "The file has 2 schools, fewer than half of the 6 known here. Nothing was imported."
        )
        assert (run.status, run.refusal, run.reason, run.rows) == ("refused", "too-few", error.value.message, 2)
        assert versions() == before
    else:
        assert counts(bring(schools=found)) == {"rows": 3, "unchanged": 3}


def test_file_with_few_rows_is_taken_when_somebody_insists(bring):
    bring(schools=6)

    made = bring({"HeadLastName": "New"}, forced=True)

    assert counts(made) == {"rows": 1, "updated": 1}
    assert (made.status, made.forced) == ("done", True)
    assert School.objects.count() == 6


def test_file_with_nothing_below_its_heads_is_refused(bring):
    with pytest.raises(DomainError, match="The file holds nothing below its first line") as refused:
        bring()

    assert refused.value.code == "empty"


def test_command_tells_how_to_insist(bring, write, capsys):
    bring(schools=6)
    path = str(write({"HeadLastName": "New"}))

    with pytest.raises(CommandError, match=r"The file has 1 school, fewer than half of the 6 known here.*--force\.$"):
        call_command("import_schools", path)
    call_command("import_schools", path, "--force")

    assert [run.status for run in RegisterImport.objects.all()] == ["done", "refused", "done"]
    assert "Reading" not in capsys.readouterr().err  # no bar where there is no terminal


def test_run_says_how_far_it_has_come(write):
    path, told = write(schools=1200), []

    made = register_import(path=path, by=get_user_model().objects.system(), told=told.append)

    size = path.stat().st_size
    assert told == sorted(told)
    assert len(told) == 3
    assert told[-1] == made.read == made.size == size
    assert made.percent == 100


def test_run_keeps_in_its_row_how_far_it_has_come(write, monkeypatch):
    path, seen = write(schools=1200), []
    monkeypatch.setattr(register, "TELL_EVERY", 0)

    register_import(
        path=path,
        by=get_user_model().objects.system(),
        told=lambda read: seen.append(RegisterImport.objects.get().percent),
    )

    assert seen[0] == 0
    assert 30 < seen[1] < 60
    assert 60 < seen[2] < 100


def test_run_that_failed_says_so_and_keeps_nothing(bring):
    bring(schools=1)
    with connection.cursor() as cursor:  # something that no file can foresee
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE directory_school ADD CONSTRAINT no_more CHECK (urn < 900002)")

    with pytest.raises(Exception, match="no_more"):
        bring(schools=2)

    run = RegisterImport.objects.first()
    assert (run.status, run.reason) == ("failed", "Something went wrong that the file is not to blame for.")
    assert School.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE directory_school DROP CONSTRAINT no_more")
    assert counts(bring(schools=2)) == {"rows": 2, "created": 1, "unchanged": 1}


def test_run_whose_process_is_gone_is_told_as_failed_by_the_next(bring):
    lost = RegisterImportFactory(running=True)

    made = bring(schools=1)

    lost.refresh_from_db()
    assert (lost.status, lost.reason) == ("failed", "The import was stopped before its end.")
    assert made.status == "done"

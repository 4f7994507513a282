"""Which errors of the database pass by themselves, told by a real server; every other one is a fault of ours."""

import errno
from collections.abc import Callable

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from mastery_hub.common.outages import DATABASE_AWAY, NO_ROOM, TOO_SLOW, Outage, outage_of
from mastery_hub.directory.models import Region
from tests.factories.directory import RegionFactory
from tests.threads import together


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def error_of(call: Callable[[], object]) -> Exception:
    with pytest.raises((DatabaseError, InterfaceError)) as raised, transaction.atomic():
        call()
    return raised.value


def raised_with(sqlstate: str) -> Exception:
    return error_of(lambda: run(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$"))


@pytest.mark.django_db
def test_slow_statement_is_an_outage_and_a_wrong_one_a_fault() -> None:
    with transaction.atomic():
        run("SET LOCAL statement_timeout = 20")
        assert outage_of(error_of(lambda: run("SELECT pg_sleep(5)"))) == TOO_SLOW
        assert outage_of(error_of(lambda: run("SELECT no_such_column"))) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sqlstate", "outage"),
    [
        ("53100", NO_ROOM),
        ("25006", NO_ROOM),
        ("53300", DATABASE_AWAY),
        ("57P01", DATABASE_AWAY),
        ("57P03", DATABASE_AWAY),
        ("58030", DATABASE_AWAY),
        ("40001", TOO_SLOW),
        ("55P03", TOO_SLOW),
        ("23505", None),  # unique
        ("22001", None),  # too long a text
        ("42P01", None),  # no such table
        ("54001", None),  # too deep a statement
        ("P0001", None),  # pgtrigger's and our own
    ],
)
def test_error_is_told_by_the_servers_code(sqlstate: str, outage: Outage | None) -> None:
    assert outage_of(raised_with(sqlstate)) == outage


@pytest.mark.django_db(transaction=True)
def test_deadlock_is_an_outage_for_one_of_the_two() -> None:
    one, other = RegionFactory(), RegionFactory()

    def rename(first: Region, second: Region) -> Outage | None:
        try:
            with transaction.atomic():
                Region.objects.filter(pk=first.pk).update(name=f"First of {first.pk}")
                run("SELECT pg_sleep(0.5)")
                Region.objects.filter(pk=second.pk).update(name=f"Second of {first.pk}")
        except OperationalError as error:
            return outage_of(error)
        return None

    assert set(together(lambda: rename(one, other), lambda: rename(other, one))) == {None, TOO_SLOW}


@pytest.mark.django_db(transaction=True)
def test_lost_connection_is_an_outage_however_it_is_noticed() -> None:
    def in_the_middle() -> None:
        with transaction.atomic():
            run("SELECT pg_terminate_backend(pg_backend_pid())")

    assert outage_of(error_of(in_the_middle)) == DATABASE_AWAY
    connection.close()

    def afterwards() -> None:
        raw = connection.cursor().connection
        raw.close()
        run("SELECT 1")

    error = error_of(afterwards)
    assert (type(error), outage_of(error)) == (InterfaceError, DATABASE_AWAY)
    connection.close()


@pytest.mark.django_db
def test_misused_cursor_is_a_fault() -> None:
    def fetch_after_closing() -> None:
        with connection.cursor() as cursor:
            pass
        cursor.fetchone()

    error = error_of(fetch_after_closing)

    assert (type(error), outage_of(error)) == (InterfaceError, None)


@pytest.mark.parametrize(
    ("code", "outage"), [(errno.ENOSPC, NO_ROOM), (errno.EDQUOT, NO_ROOM), (errno.EACCES, None), (errno.EPIPE, None)]
)
def test_full_disk_is_an_outage_where_a_fault_of_the_disk_is_not(code: int, outage: Outage | None) -> None:
    assert outage_of(OSError(code, "an uploaded file")) == outage


@pytest.mark.parametrize("error", [None, ValueError("no"), OSError("no")])
def test_other_errors_are_no_outage(error: BaseException | None) -> None:
    assert outage_of(error) is None

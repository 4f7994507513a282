"""A real worker, killed in the midst of an import: nothing is half done, and the next worker begins it again."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from mastery_hub.directory.models import RegisterImport, School
from mastery_hub.directory.services.register import register_nudge, register_upload
from tests.directory.test_imports import schools_file
from tests.factories.accounts import UserFactory
from tests.factories.directory import LocalAuthorityFactory, RegionFactory
from tests.fault.test_worker import wait_until
from tests.threads import together

pytestmark = pytest.mark.fault
OURS = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"  # others of the run lock theirs


def waits_for_the_table() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM pg_locks WHERE {OURS}"
            " AND relation = 'directory_school'::regclass AND NOT granted AND mode = 'RowExclusiveLock'"
        )
        return cursor.fetchone()[0] > 0


def somebody_imports() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM pg_locks WHERE {OURS} AND locktype = 'advisory' AND granted")
        return cursor.fetchone()[0] > 0


def test_killed_worker_leaves_nothing_half_done(worker_start: Callable[..., Any]) -> None:
    LocalAuthorityFactory(code=998, name="Fictionshire", region=RegionFactory(name="North West"))
    person = UserFactory(ncetm=True)
    first = worker_start(PRIVATE_ROOT=str(settings.PRIVATE_ROOT))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE directory_school IN SHARE MODE")  # so that it dies in the midst of saving
        together(lambda: register_upload(file=schools_file(900001, 900002), by=person))
        wait_until(waits_for_the_table)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    wait_until(lambda: not somebody_imports())
    run = RegisterImport.objects.get()
    assert (run.status, run.attempts, School.objects.count()) == ("running", 1, 0)

    worker_start(PRIVATE_ROOT=str(settings.PRIVATE_ROOT))
    register_nudge()

    wait_until(lambda: RegisterImport.objects.get().status == "done")
    run.refresh_from_db()
    assert (run.attempts, run.created, run.file.name) == (2, 2, "")
    assert School.objects.count() == 2

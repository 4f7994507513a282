import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pghistory.models
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from mastery_hub.common.errors import DomainError
from mastery_hub.common.files import sweeping
from mastery_hub.common.files.fields import PrivateFileField
from mastery_hub.common.files.locks import backup_may_begin
from mastery_hub.common.files.storage import private_storage
from mastery_hub.common.files.sweeping import GRACE, files_sweep, private_fields, stored_files
from mastery_hub.common.tasks import files_sweep as task
from tests.common.conftest import upload
from tests.common.files.test_fields import stored
from tests.threads import together


def aged(root: Path, seconds: float = GRACE + 60) -> None:
    """As if everything had been stored so long ago."""
    for path in root.rglob("*"):
        if path.is_file():
            os.utime(path, (time.time() - seconds, time.time() - seconds))


@pytest.fixture
def orphan(document: Any) -> Any:
    """Beside one whose row is there, a file whose row never was."""
    document.objects.create(file=upload(content=b"named"))
    row = document(file=upload(content=b"orphan"))
    row.file.save("letter.pdf", row.file.file, save=False)
    return row


def test_file_that_no_row_names_goes_after_a_day(orphan: Any, private_root: Path):
    aged(private_root)

    assert files_sweep(remove=False) == 1
    assert files_sweep() == 1
    assert stored(private_root) == [b"named"]
    assert files_sweep() == 0


@pytest.mark.parametrize(("seconds", "count"), [(GRACE - 60, 0), (GRACE + 60, 1)])
def test_row_may_still_come_for_a_day(orphan: Any, private_root: Path, seconds: int, count: int):
    aged(private_root, seconds)

    assert files_sweep() == count


def test_history_does_not_keep_a_file(document: Any):
    class DocumentHistory(pghistory.models.Event):
        pgh_tracked_model = document
        file = PrivateFileField()

        class Meta:
            app_label = "common"

        def __str__(self) -> str:
            return "an old row"

    try:
        owners = [field.model for field in private_fields()]
        assert DocumentHistory in apps.get_models()
    finally:
        del apps.all_models["common"]["documenthistory"]
        apps.clear_cache()

    assert document in owners
    assert DocumentHistory not in owners


def test_nothing_stored_is_nothing_to_sweep(db: None):
    assert files_sweep() == 0


def test_folder_of_another_site_is_not_emptied(document: Any, private_root: Path, monkeypatch: pytest.MonkeyPatch):
    """Its files are named by no row of this database."""
    monkeypatch.setattr(sweeping, "SUSPICIOUS", 3)
    for number in range(4):
        document.objects.create(file=upload(content=b"%d" % number))
    aged(private_root)
    document.objects.exclude(pk=document.objects.first().pk)._raw_delete(using="default")
    assert files_sweep() == 3

    for number in range(4):
        document.objects.create(file=upload(content=b"%d" % number))
    aged(private_root)
    document.objects.all()._raw_delete(using="default")
    with pytest.raises(CommandError, match=r"^5 of 5 files belong to no row of this database\. Is PRIVATE_ROOT"):
        call_command("sweep_files")
    assert len(stored(private_root)) == 5

    out = StringIO()
    call_command("sweep_files", "--trust", stdout=out)
    assert out.getvalue() == "5 files that no row names removed.\n"
    assert stored(private_root) == []


def test_command_says_what_it_did(orphan: Any, private_root: Path):
    aged(private_root)
    out = StringIO()

    call_command("sweep_files", "--dry-run", stdout=out)
    call_command("sweep_files", stdout=out)

    assert out.getvalue() == "1 file that no row names found.\n1 file that no row names removed.\n"


def test_nothing_goes_while_a_backup_is_taken(kept_document: Any, private_root: Path, caplog: pytest.LogCaptureFixture):
    """Neither by the sweep nor with its row: the backup may have seen the row a moment ago."""
    row = kept_document.objects.create(file=upload())
    aged(private_root)

    def others_meanwhile() -> str:
        row.delete()
        task()
        with pytest.raises(DomainError) as refused:
            files_sweep()
        return refused.value.code

    with transaction.atomic():
        assert backup_may_begin(connection)
        assert together(others_meanwhile) == ["busy"]
        assert len(stored(private_root)) == 1

    assert not kept_document.objects.exists()
    assert "Files were not swept: A backup is being taken" in caplog.text
    task()
    assert stored(private_root) == []


def test_one_backup_at_a_time(transactional_db: None):
    def another() -> bool:
        with transaction.atomic():
            return backup_may_begin(connection)

    with transaction.atomic():
        assert backup_may_begin(connection)
        assert together(another) == [False]
    assert together(another) == [True]


KILLED = """
import django, os, signal
django.setup()
from django.core.files.base import ContentFile
from mastery_hub.common.files.storage import private_storage
private_storage().save("common/document/2026/half", ContentFile(b"orphan"))
os.kill(os.getpid(), signal.SIGKILL)  # between the file and its row
"""


@pytest.mark.fault
def test_killed_between_file_and_row_leaves_what_the_sweep_finds(document: Any, private_root: Path):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "mastery_hub.settings", "PRIVATE_ROOT": str(private_root)}

    assert subprocess.run([sys.executable, "-c", KILLED], env=environment).returncode == -signal.SIGKILL
    assert list(stored_files(private_storage())) == ["common/document/2026/half"]
    assert files_sweep() == 0
    aged(private_root)
    assert files_sweep() == 1

"""Real dumps and restores, on the tests' PostgreSQL, from this test's database into another."""

import json
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from mastery_hub.common.backups import postgres
from mastery_hub.common.backups.archive import DUMP, MANIFEST
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.enums import EmailStatus
from mastery_hub.messaging.models import Email
from tests.common.backups.steps import backup, told
from tests.common.conftest import upload
from tests.common.files.test_fields import stored
from tests.factories.accounts import UserFactory
from tests.factories.messaging import EmailFactory
from tests.template import database_called

SECOND = "mastery_hub_restored"


def administer(*statements: str) -> None:
    """Beside the database, as nobody can drop the one they use."""
    with database_called("postgres"):
        parameters = connection.get_connection_params()
    known = {key: value for key, value in parameters.items() if key in ("dbname", "user", "password", "host", "port")}
    server = psycopg2.connect(**known)
    server.autocommit = True
    with server.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    server.close()


@pytest.fixture
def second(transactional_db: None) -> Iterator[Callable[[], Any]]:
    """A database without a table, and the folder of a second machine."""
    name = f"{SECOND}_{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"
    administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")

    @contextmanager
    def machine() -> Iterator[None]:
        with database_called(name):
            yield

    yield machine
    administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def other_root(settings: Any, private_root: Path, tmp_path: Path) -> Path:
    return tmp_path / "second machine"


def damaged(path: Path, name: str) -> Path:
    """The same archive with one byte of one entry changed, and a ZIP that fits it."""
    copy = path.with_name("damaged.zip")
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(copy, "w") as broken:
        for entry in whole.namelist():
            content = whole.read(entry)
            broken.writestr(entry, content[:-1] + bytes([content[-1] ^ 1]) if entry == name else content)
    return copy


def changed(path: Path, **facts: Any) -> Path:
    copy = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(copy, "w") as other:
        for entry in whole.namelist():
            content = whole.read(entry)
            other.writestr(entry, json.dumps(json.loads(content) | facts) if entry == MANIFEST else content)
    return copy


def test_everything_comes_back_on_another_machine(
    kept_document: Any, second: Any, private_root: Path, other_root: Path, settings: Any, tmp_path: Path
):
    ann = UserFactory(email="ann@example.org")
    kept_document.objects.create(file=upload("Ann's letter.pdf", b"%PDF" + b"\0\xff" * 1_000_000), owner=ann)
    path = backup(tmp_path)
    assert re.fullmatch(r"mastery-hub-\d{8}T\d{6}Z\.zip", path.name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    connection.close()

    settings.PRIVATE_ROOT = other_root
    with second():
        said = told("restore", path)
        row = kept_document.objects.get()
        with row.file.open() as file:
            assert file.read() == b"%PDF" + b"\0\xff" * 1_000_000
        assert (row.file_name, row.owner.email) == ("Ann's letter.pdf", "ann@example.org")
        row.owner.first_name = "Ann"  # history's triggers came along, and numbers go on where they were
        row.owner.save()
        assert UserFactory().pk > ann.pk

    assert said.splitlines()[0] == "1 files restored."
    assert said.splitlines()[1].endswith("Everybody signs in again.")


def test_signed_in_people_are_not_in_it(second: Any, client: Any, tmp_path: Path):
    client.force_login(UserFactory())
    assert Session.objects.count() == 1
    path = backup(tmp_path)
    connection.close()

    with second():
        told("restore", path)
        assert Session.objects.count() == 0
    assert Session.objects.count() == 1


def test_database_that_holds_something_is_replaced_only_when_told(second: Any, tmp_path: Path):
    UserFactory(email="then@example.org")
    path = backup(tmp_path)
    connection.close()

    with second():
        told("restore", path)
        UserFactory(email="since@example.org")
        connection.close()
        with pytest.raises(CommandError, match=r"^The database is not empty\. To lose what it holds, add --replace\.$"):
            told("restore", path)
        assert emails_of_people() == ["since@example.org", "then@example.org"]
        connection.close()
        told("restore", path, "--replace")
        assert emails_of_people() == ["then@example.org"]


def emails_of_people() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM accounts_user ORDER BY email")
        return [email for (email,) in cursor.fetchall() if email.endswith("@example.org")]


def test_what_came_after_the_backup_stays_in_storage_and_nothing_is_written_twice(
    kept_document: Any, second: Any, private_root: Path, tmp_path: Path
):
    row = kept_document.objects.create(file=upload(content=b"then"))
    path = backup(tmp_path)
    kept_document.objects.create(file=upload(content=b"since"))
    (private_root / row.file.name).write_bytes(b"half")  # as a restore leaves it that was killed while it wrote
    connection.close()

    with second():
        assert told("restore", path).startswith("1 files restored.")
        connection.close()
        assert told("restore", path, "--replace").startswith("0 files restored.")
    assert stored(private_root) == [b"since", b"then"]


@pytest.mark.parametrize("what", ["dump", "file", "nothing"])
def test_one_wrong_byte_is_found_before_anything_is_touched(
    kept_document: Any, second: Any, private_root: Path, tmp_path: Path, what: str
):
    row = kept_document.objects.create(file=upload())
    path = backup(tmp_path)
    name = {"dump": DUMP, "file": f"files/{row.file.name}", "nothing": "none"}[what]
    copy = damaged(path, name)
    (private_root / row.file.name).unlink()
    connection.close()

    with second():
        if what == "nothing":
            assert told("restore", copy, "--check").startswith("Whole: ")
            told("restore", copy)
            assert connection.introspection.table_names() != []
            return
        for arguments in ((copy, "--check"), (copy,)):
            with pytest.raises(CommandError, match=rf"^The backup is damaged \({name}\): use another\.$"):
                told("restore", *arguments)
        assert connection.introspection.table_names() == []
    assert stored(private_root) == []


@pytest.mark.parametrize("size", [0, 100, -100], ids=["empty", "beginning", "without its end"])
def test_half_a_backup_is_none(transactional_db: None, tmp_path: Path, size: int):
    path = backup(tmp_path)
    half = tmp_path / "half.zip"
    half.write_bytes(path.read_bytes()[:size])

    with pytest.raises(CommandError, match="is no whole backup"):
        told("restore", half, "--check")
    assert told("restore", path, "--check").startswith("Whole: ")


def test_disk_that_lost_a_byte_is_found(transactional_db: None, tmp_path: Path):
    path = backup(tmp_path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(CommandError, match=r"^The backup is damaged \(database\.dump\): use another\.$"):
        told("restore", path, "--check")


def test_backup_with_something_added_is_refused(transactional_db: None, tmp_path: Path):
    path = backup(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("files/../../etc/passwd", "mine")

    with pytest.raises(CommandError, match=r"^The backup does not hold what it says it holds"):
        told("restore", path, "--check")


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"mode": "production"}, r"^The backup is of a production site, and this is test\.$"),
        ({"migrations": ["accounts.0999_later"]}, r"^The backup was made by another version .* accounts\.0999_later"),
        ({}, ""),
    ],
    ids=["mode", "version", "neither"],
)
def test_backup_of_another_kind_of_site_is_refused(second: Any, tmp_path: Path, facts: Any, refusal: str):
    """A demo lets anybody in as anybody: real people's data has no business there."""
    path = changed(backup(tmp_path), **facts)
    connection.close()

    with second():
        if refusal:
            with pytest.raises(CommandError, match=refusal):
                told("restore", path)
        else:
            told("restore", path)
        assert bool(connection.introspection.table_names()) is not bool(refusal)


def test_database_in_use_is_not_replaced(second: Any, tmp_path: Path):
    path = backup(tmp_path)
    connection.close()

    with second():
        other = psycopg2.connect(
            **{
                key: value
                for key, value in connection.get_connection_params().items()
                if key in ("dbname", "user", "host", "port", "password")
            }
        )
        with pytest.raises(CommandError, match=r"^1 others use the database: stop web, workers and beat first\.$"):
            told("restore", path)
        other.close()
        told("restore", path)


def test_dump_that_breaks_off_leaves_the_database_as_it_was(second: Any, tmp_path: Path):
    """What arrives is taken in one transaction, and committed by the one who saw the end of it."""
    UserFactory(email="then@example.org")
    path = backup(tmp_path)
    connection.close()
    with zipfile.ZipFile(path) as archive:
        dump = archive.read(DUMP)

    with second():
        told("restore", path)
        UserFactory(email="since@example.org")
        for part in (dump[: len(dump) // 2], dump[:-1000], b"", b"nothing of the kind"):
            (tmp_path / "part").write_bytes(part)
            with (
                (tmp_path / "part").open("rb") as opened,
                pytest.raises(DomainError, match=r"^pg_restore failed"),
            ):
                postgres.load_from(opened, replace=True)
            assert emails_of_people() == ["since@example.org", "then@example.org"]


def test_backup_of_an_earlier_version_is_brought_up_to_date(second: Any, tmp_path: Path):
    call_command("migrate", "accounts", "0002", verbosity=0)  # the latest one adds an index alone
    try:
        path = backup(tmp_path)
    finally:
        call_command("migrate", "accounts", verbosity=0)
    connection.close()

    with second():
        told("restore", path)
        applied = MigrationRecorder(connection).applied_migrations()
        assert ("accounts", "0003_people_by_name") in applied


def test_owner_of_a_database_needs_no_more_than_that(second: Any, tmp_path: Path):
    """Production's user is no superuser."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            pytest.skip("the tests' own user is a plain owner already")
    UserFactory(email="then@example.org")
    path = backup(tmp_path)
    connection.close()

    with second():
        name = connection.settings_dict["NAME"]
        connection.close()
        administer("DROP ROLE IF EXISTS plain_owner", "CREATE ROLE plain_owner LOGIN PASSWORD 'plain'")
        administer(f"ALTER DATABASE {name} OWNER TO plain_owner")
        owner, connection.settings_dict["USER"] = connection.settings_dict["USER"], "plain_owner"
        connection.settings_dict["PASSWORD"], password = "plain", connection.settings_dict["PASSWORD"]
        try:
            told("restore", path)
            connection.close()
            told("restore", path, "--replace")
            assert emails_of_people() == ["then@example.org"]
        finally:
            connection.close()
            connection.settings_dict |= {"USER": owner, "PASSWORD": password}
            administer(f"DROP DATABASE {name} WITH (FORCE)", "DROP ROLE plain_owner", f"CREATE DATABASE {name}")


# Emails


def test_emails_that_waited_are_held_and_codes_are_dropped(second: Any, tmp_path: Path):
    EmailFactory(kind="offer", status=EmailStatus.QUEUED)
    EmailFactory(kind="offer", status=EmailStatus.SENDING)
    EmailFactory(kind="account_code", urgent=True, secrets=b"sealed")
    path = backup(tmp_path)
    connection.close()

    with second():
        assert "2 emails are held" in told("restore", path)
        assert sorted(Email.objects.values_list("kind", "status")) == [
            ("account_code", "failed"),
            ("offer", "held"),
            ("offer", "held"),
        ]
        assert bytes(Email.objects.get(kind="account_code").secrets) == b""


def test_queue_is_kept_when_told(second: Any, tmp_path: Path):
    EmailFactory(kind="offer")
    path = backup(tmp_path)
    connection.close()

    with second():
        assert "1 emails wait and will be sent, perhaps again." in told("restore", path, "--send-emails")
        assert Email.objects.get().status == EmailStatus.QUEUED

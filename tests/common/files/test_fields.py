from typing import Any

import pytest
from django.core.files.storage import storages
from django.db import models, transaction
from django.db.migrations.writer import MigrationWriter
from django.test.utils import isolate_apps

from mastery_hub.common.files.fields import PrivateFileField
from tests.common.conftest import upload


def stored(private_root: Any) -> list[bytes]:
    return sorted(path.read_bytes() for path in private_root.rglob("*") if path.is_file())


def test_row_tells_what_its_file_is_called_and_is(document: Any, private_root: Any):
    row = document.objects.create(file=upload("../My letter.PDF"))

    assert (row.file_name, row.file_kind) == ("My letter.PDF", "pdf")
    row = document.objects.get()
    assert (row.file_name, row.file_kind) == ("My letter.PDF", "pdf")
    assert (row.file.given_name, row.file.kind) == ("My letter.PDF", "pdf")
    with row.file.open() as file:
        assert file.read() == b"%PDF-1.7 letter"
    assert row.file.name.startswith("common/document/20")
    assert "letter" not in row.file.name.lower()


def test_file_that_nobody_checked_is_of_no_kind(document: Any):
    given = upload()
    del given.kind

    assert document.objects.create(file=given).file_kind == ""


def test_replaced_file_goes_when_its_row_commits(
    document: Any, private_root: Any, django_capture_on_commit_callbacks: Any
):
    row = document.objects.create(file=upload(content=b"old"))
    with django_capture_on_commit_callbacks(execute=True):
        row = document.objects.get()
        row.file = upload("new.pdf", b"new")
        row.save()
        assert stored(private_root) == [b"new", b"old"]

    assert stored(private_root) == [b"new"]
    assert document.objects.get().file_name == "new.pdf"


def test_saving_another_column_touches_no_file(
    document: Any, private_root: Any, django_capture_on_commit_callbacks: Any
):
    document.objects.create(file=upload(content=b"old"))
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        row = document.objects.get()
        row.note = "read"
        row.save()
        row.refresh_from_db()
        row.save()

    assert callbacks == []
    assert stored(private_root) == [b"old"]


@pytest.mark.parametrize("way", ["row", "queryset", "owner", "field"])
def test_deleted_rows_file_goes_when_that_commits(
    document: Any, private_root: Any, django_capture_on_commit_callbacks: Any, django_user_model: Any, way: str
):
    owner = django_user_model.objects.create(email="ann@example.org")
    row = document.objects.create(file=upload(), owner=owner)
    document.objects.create(file=upload(content=b"another's"))
    ways = {
        "row": row.delete,
        "queryset": document.objects.filter(owner=owner).delete,
        "owner": owner.delete,
        "field": row.file.delete,
    }

    with django_capture_on_commit_callbacks(execute=True):
        ways[way]()
        assert len(stored(private_root)) == 2

    assert stored(private_root) == [b"another's"]


def test_file_that_a_row_still_names_stays(document: Any, private_root: Any, django_capture_on_commit_callbacks: Any):
    row = document.objects.create(file=upload())
    document.objects.create(file=row.file.name)

    with django_capture_on_commit_callbacks(execute=True):
        row.delete()

    assert stored(private_root) == [b"%PDF-1.7 letter"]


def test_refused_deletion_keeps_the_file(kept_document: Any, private_root: Any):
    row = kept_document.objects.create(file=upload())

    with transaction.atomic():
        kept_document.objects.get(pk=row.pk).delete()
        transaction.set_rollback(True)

    assert kept_document.objects.count() == 1
    assert stored(private_root) == [b"%PDF-1.7 letter"]


def test_storage_that_fails_after_the_commit_fails_nobody(
    kept_document: Any, private_root: Any, caplog: pytest.LogCaptureFixture
):
    """The sweep finds it later."""
    row = kept_document.objects.create(file=upload())
    path = private_root / row.file.name
    path.unlink()
    path.mkdir()
    (path / "in the way").touch()

    row.delete()

    assert not kept_document.objects.exists()
    assert "Error calling" in caplog.text


def test_file_of_a_row_that_came_to_nothing_is_an_orphan(kept_document: Any, private_root: Any):
    with transaction.atomic():
        kept_document.objects.create(file=upload())
        transaction.set_rollback(True)

    assert kept_document.objects.count() == 0
    assert len(stored(private_root)) == 1


def test_migration_says_nothing_of_where_files_lie():
    field = PrivateFileField(name_field="file_name", blank=True)
    field.set_attributes_from_name("file")
    written, _ = MigrationWriter.serialize(field)

    assert written == (
        "mastery_hub.common.files.fields.PrivateFileField(blank=True, max_length=200, name_field='file_name')"
    )


@isolate_apps("mastery_hub.common")
def test_columns_are_declared_after_their_file():
    class Wrong(models.Model):  # noqa: DJ008
        file_name = models.CharField(max_length=100)
        file = PrivateFileField(name_field="file_name")

        class Meta:
            app_label = "common"

    class Right(models.Model):  # noqa: DJ008
        file = PrivateFileField(name_field="file_name")
        file_name = models.CharField(max_length=100)

        class Meta:
            app_label = "common"

    assert [error.id for error in Wrong._meta.get_field("file").check()] == ["files.E001"]
    assert Right._meta.get_field("file").check() == []


def test_storage_of_the_field_is_the_private_one(document: Any):
    assert document._meta.get_field("file").storage is storages["private"]

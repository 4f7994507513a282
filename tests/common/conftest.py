from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as project
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models

from mastery_hub.common.files.fields import PrivateFileField


class DocumentQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Any:
        return self.filter(owner=user)


@pytest.fixture(scope="module")
def registered() -> Iterator[type[models.Model]]:
    """A model with a file, for as long as this module's tests run."""

    class Document(models.Model):
        owner = models.ForeignKey(project.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
        file = PrivateFileField(name_field="file_name", kind_field="file_kind", blank=True)
        file_name = models.CharField(max_length=100)
        file_kind = models.CharField(max_length=10)
        note = models.CharField(max_length=10)

        objects = DocumentQuerySet.as_manager()

        class Meta:
            app_label = "common"

        def __str__(self) -> str:
            return self.file_name

    yield Document
    del apps.all_models["common"]["document"]
    apps.clear_cache()


def make_table(model: type[models.Model]) -> None:
    with connection.schema_editor() as editor:
        editor.create_model(model)


@pytest.fixture
def document(registered: type[models.Model], db: None) -> Any:
    """The model, with its table in the transaction of this test."""
    make_table(registered)
    return registered


@pytest.fixture
def kept_document(registered: type[models.Model], transactional_db: None) -> Iterator[Any]:
    """The model, with its table where other connections see it."""
    make_table(registered)
    yield registered
    with connection.schema_editor() as editor:
        editor.delete_model(registered)


def upload(name: str = "letter.pdf", content: bytes = b"%PDF-1.7 letter", kind: str = "pdf") -> SimpleUploadedFile:
    """As `UploadField` gives it."""
    given = SimpleUploadedFile(name, content)
    given.kind = kind
    return given

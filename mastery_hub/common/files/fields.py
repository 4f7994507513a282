"""A file of a row, in private storage: never written twice under one name, never gone before its row is.

class Document(models.Model):
    file = PrivateFileField(name_field="file_name", kind_field="file_kind")
    file_name = models.CharField(max_length=100, editable=False)
    file_kind = models.CharField(max_length=10, editable=False)

    objects = DocumentQuerySet.as_manager()  # with visible_to: what PrivateFileView starts from

A service saves `Document(file=form.cleaned_data["file"])`; the columns fill themselves. A file that was replaced, or
whose row was deleted, goes when that commits; what a crash left over goes by `manage.py sweep_files`.
"""

from typing import Any

from django.core import checks
from django.core.files.base import File
from django.db import connections, models, router, transaction
from django.db.models.fields.files import FieldFile, FileDescriptor
from django.db.models.signals import post_delete

from mastery_hub.common.files.locks import may_remove
from mastery_hub.common.files.names import shown_name, stored_name
from mastery_hub.common.files.storage import private_storage


class PrivateFieldFile(FieldFile):
    field: "PrivateFileField"

    @property
    def given_name(self) -> str:
        """What its owner called it."""
        return self._beside(self.field.name_field)

    @property
    def kind(self) -> str:
        return self._beside(self.field.kind_field)

    def _beside(self, column: str) -> str:
        return getattr(self.instance, column) if column else ""

    def delete(self, save: bool = True) -> None:
        """The bytes go when the row that no longer names them has committed."""
        setattr(self.instance, self.field.attname, "")
        if save:
            self.instance.save()


class PrivateFileDescriptor(FileDescriptor):
    """Remembers what a row named before, for `pre_save`."""

    field: "PrivateFileField"

    def __set__(self, instance: models.Model, value: Any) -> None:
        before, after = (_stored(each) for each in (instance.__dict__.get(self.field.attname), value))
        super().__set__(instance, value)
        if before and before != after:
            instance.__dict__.setdefault(self.field.replaced, set()).add(before)


def _stored(value: Any) -> str:
    """The name in storage, where there is one."""
    if isinstance(value, FieldFile):
        return str(value.name or "") if value._committed else ""  # type: ignore[attr-defined]  # Django's own
    return value if isinstance(value, str) else ""


class PrivateFileField(models.FileField):
    attr_class = PrivateFieldFile
    descriptor_class = PrivateFileDescriptor

    def __init__(self, *args: Any, name_field: str = "", kind_field: str = "", **kwargs: Any) -> None:
        self.name_field, self.kind_field = name_field, kind_field
        fixed = {"storage": private_storage, "upload_to": stored_name}
        super().__init__(*args, **{"max_length": 200, **kwargs, **fixed})

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """A migration says what the column is, not where files lie."""
        name, path, args, kwargs = super().deconstruct()
        kept = {key: value for key, value in kwargs.items() if key not in ("storage", "upload_to")}
        columns = {"name_field": self.name_field, "kind_field": self.kind_field}
        return name, path, list(args), kept | {key: value for key, value in columns.items() if value}

    @property
    def replaced(self) -> str:
        return f"_{self.attname}_replaced"

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """Columns are filled in their order, so those that tell of the file stand after it."""
        order = [field.name for field in self.model._meta.local_fields]
        columns = [column for column in (self.name_field, self.kind_field) if column]
        wrong = [column for column in columns if column not in order[order.index(self.name) :]]
        said = [checks.Error(f"{self}: declare {column} after it.", obj=self, id="files.E001") for column in wrong]
        return [*super().check(**kwargs), *said]

    def contribute_to_class(self, cls: type[models.Model], name: str, **kwargs: Any) -> None:  # type: ignore[override]
        super().contribute_to_class(cls, name, **kwargs)
        if not cls._meta.abstract:
            post_delete.connect(self._row_deleted, sender=cls)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        file = getattr(model_instance, self.attname)
        if file and not file._committed:
            self._tell(model_instance, file.file, str(file.name))
        saved = super().pre_save(model_instance, add)
        if replaced := model_instance.__dict__.pop(self.replaced, None):
            self._remove_after_commit(model_instance, replaced)
        return saved

    def _tell(self, row: models.Model, file: File, name: str) -> None:
        if self.name_field:
            setattr(row, self.name_field, shown_name(name))
        if self.kind_field:
            setattr(row, self.kind_field, getattr(file, "kind", ""))  # what UploadField found

    def _row_deleted(self, instance: models.Model, **kwargs: Any) -> None:
        if name := _stored(getattr(instance, self.attname)):
            self._remove_after_commit(instance, {name})

    def _remove_after_commit(self, row: models.Model, names: set[str]) -> None:
        database = row._state.db or router.db_for_write(type(row))
        transaction.on_commit(lambda: files_remove(self, names, database), using=database, robust=True)


def files_remove(field: PrivateFileField, names: set[str], database: str) -> None:
    """Those that no row names. While a backup is taken nothing goes: the sweep finds them later."""
    with transaction.atomic(using=database):
        if not may_remove(connections[database]):
            return
        rows = field.model._base_manager.using(database)
        named = set(rows.filter(**{f"{field.attname}__in": names}).values_list(field.attname, flat=True))
        for name in names - named:
            field.storage.delete(name)

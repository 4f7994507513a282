"""Editing rules that are rows in versions (rule 5), alike for a round's terms and for commitments.

The services that call these have locked whatever owns the version and have asked who may. Pages name a row by its key
and send `seen`, a digest of what they showed, so that two people who edit at once never undo each other unawares.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, TypeVar

from django.db import models
from django.utils.text import capfirst

from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.models import Version, VersionPart

V = TypeVar("V", bound=Version)
Part = TypeVar("Part", bound=VersionPart)
Values = dict[str, Any]  # a field's value, or the sorted keys of the parts that a many-to-many field names


class ChangedMeanwhileError(DomainError):
    """A colleague was faster; `row` is what they saved, or None when they removed it."""

    def __init__(self, message: str, row: models.Model | None = None) -> None:
        super().__init__(message, code="changed-meanwhile")
        self.row = row


# What belongs to a version


def part_models(kind: type[Version]) -> list[type[VersionPart]]:
    """Whatever says by a foreign key that it belongs to this kind of version."""
    found = [relation.related_model for relation in kind._meta.related_objects]
    return [model for model in found if isinstance(model, type) and issubclass(model, VersionPart)]


def owner_name(model: type[VersionPart]) -> str:
    return next(f.name for f in model._meta.concrete_fields if f.related_model and issubclass(f.related_model, Version))


def own_fields(model: type[VersionPart]) -> list["models.Field[Any, Any]"]:
    """What NCETM writes: all but what tells the row apart."""
    apart = {"key", "order", owner_name(model)}
    return [each for each in model._meta.concrete_fields if not each.primary_key and each.name not in apart]


def links(model: type[VersionPart]) -> list[Any]:
    """Fields that name other parts of the same version."""
    return [each for each in model._meta.many_to_many if issubclass(each.related_model, VersionPart)]


def parts(model: type[Part], version: Version) -> list[Part]:
    rows = model._default_manager.filter(**{owner_name(model): version}).order_by("order")
    return list(rows.prefetch_related(*(each.name for each in links(model))))


def values_of(row: VersionPart) -> Values:
    values = {each.name: getattr(row, each.attname) for each in own_fields(type(row))}
    return values | {each.name: sorted(part.key for part in getattr(row, each.name).all()) for each in links(type(row))}


def digest(value: Any) -> str:
    return sha256(json.dumps(value, default=str).encode()).hexdigest()[:16]


def row_seen(row: VersionPart) -> str:
    return digest(values_of(row))


def order_seen(rows: Iterable[VersionPart]) -> str:
    return digest([row.key for row in rows])


def version_seen(version: Version) -> str:
    """All that a version says."""
    return digest(
        {
            model.__name__: [(row.key, values_of(row)) for row in parts(model, version)]
            for model in part_models(type(version))
        }
    )


# Versions


def version_copy(source: V) -> V:
    """The next version with a copy of every part, not in force yet."""
    copy = type(source)(
        **{f.attname: getattr(source, f.attname) for f in source._meta.concrete_fields if not f.primary_key}
    )
    copy.version, copy.published_at = source.version + 1, None
    copy.save()
    parts_copy(source, copy)
    return copy


def parts_copy(source: Version, target: Version) -> None:
    """Keys stay; what one part says of another is said of the copies."""
    copies: dict[type[VersionPart], dict[str, VersionPart]] = {}
    for model in part_models(type(source)):
        rows = model._default_manager.filter(**{owner_name(model): source}).order_by("order")
        copies[model] = {row.key: _copied(row, target) for row in rows}
        model._default_manager.bulk_create(copies[model].values())
    for model, made in copies.items():
        for link in links(model):
            here, there, through = link.m2m_field_name(), link.m2m_reverse_field_name(), link.remote_field.through
            pairs = through._default_manager.filter(**{f"{here}__{owner_name(model)}": source})
            through._default_manager.bulk_create(
                through(**{here: made[one], there: copies[link.related_model][other]})
                for one, other in pairs.values_list(f"{here}__key", f"{there}__key")
            )


def _copied(row: Part, target: Version) -> Part:
    values = {each.attname: getattr(row, each.attname) for each in own_fields(type(row))}
    return type(row)(key=row.key, order=row.order, **{owner_name(type(row)): target}, **values)


# Parts


def part_save(
    model: type[Part], version: Version, *, key: str, seen: str, values: Mapping[str, Any], renew: bool = False
) -> Part:
    """Adds or changes a row; `seen` is empty for one that is added. The same values twice are no error: a second click.

    With `renew` a row that changes gives way to a new one, so that nobody who has the old one before them can sign it.
    Raises ChangedMeanwhileError.
    """
    rows = parts(model, version)
    row = next((row for row in rows if row.key == key), None)
    if row is None and seen:
        raise ChangedMeanwhileError(
            "A colleague has removed this in the meantime. What you typed is below: save again to add it again."
        )
    if row is not None:
        now = values_of(row)
        if now | dict(values) == now:
            return row
        if digest(now) != seen:
            raise ChangedMeanwhileError(
                "A colleague has changed this in the meantime. Compare: save again to replace their words with yours.",
                row,
            )
    order = row.order if row else max((each.order for each in rows), default=0) + 1
    if row is not None and renew:
        row.delete()
        row = None
    linked = {each.name: each.related_model for each in links(model)}
    row = row or model(key=key, order=order, **{owner_name(model): version})
    for name, value in values.items():
        if name not in linked:
            setattr(row, name, value)
    row.save()
    for name in linked.keys() & values.keys():
        named = linked[name]._default_manager.filter(key__in=values[name], **{owner_name(linked[name]): version})
        getattr(row, name).set(named)
    return row


def part_move(model: type[VersionPart], version: Version, *, key: str, up: bool, seen: str) -> None:
    """One place up or down. Raises ChangedMeanwhileError when the order is not the one that was shown."""
    rows = parts(model, version)
    if order_seen(rows) != seen:
        raise ChangedMeanwhileError("The order has changed in the meantime: look again before you move anything.")
    place = next(number for number, row in enumerate(rows) if row.key == key)
    other = place - 1 if up else place + 1
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
        _number(model, rows)


def part_remove(model: type[VersionPart], version: Version, *, key: str, seen: str) -> None:
    """What is gone already is gone. Raises ChangedMeanwhileError when it is not what was shown."""
    rows = parts(model, version)
    row = next((row for row in rows if row.key == key), None)
    if row is None:
        return
    if row_seen(row) != seen:
        raise ChangedMeanwhileError("A colleague has changed this in the meantime: read it before you remove it.", row)
    row.delete()
    _number(model, [each for each in rows if each is not row])


def _number(model: type[VersionPart], rows: list[Any]) -> None:
    for order, row in enumerate(rows, 1):
        row.order = order
    model._default_manager.bulk_update(rows, ["order"])


# What differs


@dataclass(frozen=True)
class Change:
    """“Question changed”, its words, and what of it: whoever reads this has never heard of versions."""

    what: str
    name: str = ""
    details: list[str] = field(default_factory=list)

    @property
    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def version_changes(before: V, after: V) -> list[Change]:
    return [change for model in part_models(type(after)) for change in _changes(model, before, after)]


def _changes(model: type[VersionPart], before: Version, after: Version) -> Iterable[Change]:
    noun = capfirst(str(model._meta.verbose_name))
    old = {row.key: row for row in parts(model, before)}
    new = {row.key: row for row in parts(model, after)}
    for key, row in new.items():
        if key not in old:
            yield Change(f"{noun} added", str(row), _facts(row))
        elif details := _differences(old[key], row):
            yield Change(f"{noun} changed", str(old[key]), details)
    for key, row in old.items():
        if key not in new:
            yield Change(f"{noun} removed", str(row))
    if [key for key in old if key in new] != [key for key in new if key in old]:
        yield Change(f"The {model._meta.verbose_name_plural} are in another order")


def _facts(row: VersionPart) -> list[str]:
    """What there is to say of a new row beside its words."""
    shown = _shown(row)
    return [f"{label}: {words}" for label, words in shown.items() if words not in (NONE, f"“{row}”", "no")]


def _differences(old: VersionPart, new: VersionPart) -> list[str]:
    before, after = _shown(old), _shown(new)
    named = {capfirst(str(link.verbose_name)): link.name for link in links(type(new))}
    changed = [label for label in after if after[label] != before[label]]
    plain = [f"{label}: {after[label]} (was {before[label]})" for label in changed if label not in named]
    return plain + [words for name in named.values() for words in _named_otherwise(name, old, new)]


def _named_otherwise(name: str, old: VersionPart, new: VersionPart) -> Iterable[str]:
    before = {part.key: part for part in getattr(old, name).all()}
    after = {part.key: part for part in getattr(new, name).all()}
    for word, found, others in (("now also", after, before), ("no longer", before, after)):
        if left := [f"“{part}”" for key, part in found.items() if key not in others]:
            yield f"Counts {word} for: {'; '.join(sorted(left))}"


NONE = "none"


def _shown(row: VersionPart) -> dict[str, str]:
    shown = {capfirst(str(each.verbose_name)): _words(row, each) for each in own_fields(type(row))}
    for link in links(type(row)):
        named = sorted(getattr(row, link.name).all(), key=lambda part: part.order)
        shown[capfirst(str(link.verbose_name))] = "; ".join(f"“{part}”" for part in named) or NONE
    return shown


def _words(row: VersionPart, part: "models.Field[Any, Any]") -> str:
    value = getattr(row, part.name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if part.choices:
        return str(getattr(row, f"get_{part.name}_display")()).lower() or NONE
    if isinstance(value, str):
        return f"“{value}”" if value else NONE
    if isinstance(value, list):
        return ", ".join(map(str, value)) or NONE
    return NONE if value is None else str(value)


# Into force


def working_as(working: V | None, seen: str) -> V:
    """The working copy, if it still says what was shown."""
    if working is None:
        raise DomainError("No version is waiting. Somebody may have acted before you.", code="stale")
    if version_seen(working) != seen:
        raise DomainError("This version has changed in the meantime: look at it again.", code="changed-meanwhile")
    return working


def put_in_force(version: Version) -> None:
    version.published_at = clock.now()
    version.save(update_fields=["published_at"])

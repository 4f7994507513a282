"""What changes the directory, and the one question that every other app asks it: which hub is a school's."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.templatetags.moments import day
from mastery_hub.directory.models import HubArea, LocalAuthority, MathsHub, Region, RegisterImport, School
from mastery_hub.directory.permissions import can_edit_hub
from mastery_hub.directory.register import FIELDS, Reading


def hub_of_school(school: School, on: date | None = None) -> MathsHub | None:
    """The home hub on that day (today when none is named): its district's, else its authority's.

    For a list of schools there is `School.objects.with_hub()`.
    """
    areas = HubArea.objects.on(on or clock.today()).filter(
        authority=school.authority_id, district__in=["", school.district]
    )
    area = areas.select_related("hub").order_by("-district").first()
    return area.hub if area else None


def _editable(by: Any, hub: MathsHub) -> None:
    if not can_edit_hub(by, hub):
        raise DomainError("Only NCETM can change a hub’s area.", "not-allowed")


@transaction.atomic
def area_add(*, hub: MathsHub, authority: LocalAuthority, district: str = "", from_on: date, by: Any) -> HubArea:
    """Gives the hub an authority or one district of it from a day on; a hub that has it until then loses it that day.

    Raises DomainError `not-allowed`, `unknown-district` (no school is filed under it), `has-it` (this hub already), or
    `later` (a hub has it from that day or a later one, so that the change would have no day to begin on).
    """
    _editable(by, hub)
    area = HubArea(hub=hub, authority=authority, district=_district(authority, district), from_on=from_on)
    LocalAuthority.objects.select_for_update(of=("self",)).get(
        pk=authority.pk
    )  # two people at once: one after the other
    for held in HubArea.objects.filter(
        Q(until_on=None) | Q(until_on__gt=from_on), authority=authority, district=area.district
    ):
        if held.hub_id == hub.pk:
            raise DomainError(f"{hub} has {area} already.", "has-it")
        if held.from_on >= from_on:
            raise DomainError(f"{held.hub} has {area} from {day(held.from_on)}: choose a later day.", "later")
        held.until_on = from_on
        held.save(update_fields=["until_on"])
    area.save()
    return area


def _district(authority: LocalAuthority, typed: str) -> str:
    """As the register spells it. Without any school of the authority there is nothing to check against."""
    known = {
        name.casefold(): name
        for name in authority.schools.exclude(district="")
        .order_by("district")
        .values_list("district", flat=True)
        .distinct()
    }
    typed = " ".join(typed.split())
    if typed and known and typed.casefold() not in known:
        raise DomainError(
            f"No school of {authority} is in “{typed}”. Its districts are: {', '.join(known.values())}.",
            "unknown-district",
        )
    return known.get(typed.casefold(), typed)


@transaction.atomic
def area_end(*, area: HubArea, until_on: date, by: Any) -> None:
    """Raises DomainError `not-allowed`, `ended` (by then it is over anyway) or `before-start`."""
    _editable(by, area.hub)
    area = HubArea.objects.select_for_update(of=("self",)).select_related("hub", "authority").get(pk=area.pk)
    if area.until_on and area.until_on <= until_on:
        raise DomainError(f"{area} is {area.hub}’s only until {day(area.until_on)}.", "ended")
    if until_on <= area.from_on:
        raise DomainError(f"Enter a day after {day(area.from_on)}, on which it became {area.hub}’s.", "before-start")
    area.until_on = until_on
    area.save(update_fields=["until_on"])


def area_confirm(*, area: HubArea, by: Any) -> None:
    """Somebody who knows has looked: the area is no longer shown as to be confirmed."""
    _editable(by, area.hub)
    HubArea.objects.filter(pk=area.pk, certain=False).update(certain=True)


class _Lines:
    """What COPY reads from: rows turned into lines only as they are asked for, so that memory stays flat."""

    def __init__(self, rows: Iterator[list[str | None]]) -> None:
        self.lines = map(self._line, rows)
        self.rest = ""

    def _line(self, row: list[str | None]) -> str:
        """COPY's text format. Values as read hold no tab and no line end, so only a backslash needs another."""
        return "\t".join(["\\N" if value is None else value.replace("\\", "\\\\") for value in row]) + "\n"

    def read(self, size: int) -> str:
        parts, length = [self.rest], len(self.rest)
        while length < size and (line := next(self.lines, "")):
            parts.append(line)
            length += len(line)
        text = "".join(parts)
        self.rest = text[size:]
        return text[:size]


@transaction.atomic
def register_import(*, path: Path, by: Any, name: str = "") -> RegisterImport:
    """Brings the register up to date with one file, all of it or nothing; schools that the file lacks stay as they are.

    Rows go by COPY into a table of their own and from there in one upsert, which leaves equal rows untouched. An
    English authority that nobody knew is made and named in the result. Raises DomainError `missing-columns` or
    `unreadable`.
    """
    started = clock.now()
    reading = Reading(
        path,
        authorities=set(LocalAuthority.objects.values_list("code", flat=True)),
        regions=set(Region.objects.values_list("name", flat=True)),
    )
    column_of = {field.attname: str(field.column) for field in School._meta.concrete_fields}
    columns = [column_of[field] for field in FIELDS]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('register_import'))")  # two at once would wait row by row
        cursor.execute(
            f"CREATE TEMP TABLE register_row ON COMMIT DROP AS"
            f" SELECT {', '.join(columns)} FROM {School._meta.db_table} WITH NO DATA"
        )
        cursor.copy_expert(f"COPY register_row ({', '.join(columns)}) FROM STDIN", _Lines(reading.rows()))
        if reading.failure:
            raise reading.failure
        new = _create_authorities(reading)
        created, updated = _upsert(cursor, columns)
        cursor.execute("DROP TABLE register_row")
        cursor.execute("SELECT gin_clean_pending_list('school_search_trigram')")  # so that the next search is fast
    rejected = len(reading.rejections)
    return RegisterImport.objects.create(
        file_name=name or path.name,
        checksum=reading.checksum,
        started_at=started,
        finished_at=clock.now(),
        by=by,
        rows=reading.count,
        created=created,
        updated=updated,
        unchanged=reading.count - reading.outside_england - rejected - created - updated,
        outside_england=reading.outside_england,
        rejected=rejected,
        rejections=reading.rejections,
        new_authorities=new,
    )


def _create_authorities(reading: Reading) -> list[str]:
    regions = {region.name: region for region in Region.objects.all()}
    taken = set(LocalAuthority.objects.values_list("name", flat=True))
    new = []
    for code, (name, region) in sorted(reading.new_authorities.items()):
        unique = f"{name} ({code})" if name in taken else name
        taken.add(unique)
        new.append(LocalAuthority(code=code, name=unique, region=regions[region]))
    return [authority.name for authority in LocalAuthority.objects.bulk_create(new)]


def _upsert(cursor: Any, columns: list[str]) -> tuple[int, int]:
    """How many schools were created and updated. A row that a transaction has made itself has no `xmax` yet."""
    rest = columns[1:]
    cursor.execute(
        f"""
        WITH written AS (
            INSERT INTO {School._meta.db_table} AS school ({", ".join(columns)})
            SELECT {", ".join(columns)} FROM register_row
            ON CONFLICT (urn) DO UPDATE SET {", ".join(f"{column} = excluded.{column}" for column in rest)}
            WHERE ({", ".join(f"school.{column}" for column in rest)})
                IS DISTINCT FROM ({", ".join(f"excluded.{column}" for column in rest)})
            RETURNING (xmax = 0) AS created
        )
        SELECT count(*) FILTER (WHERE created), count(*) FILTER (WHERE NOT created) FROM written
        """
    )
    return cursor.fetchone()

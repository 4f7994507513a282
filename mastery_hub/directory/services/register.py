"""Brings the schools register's file into the database, touching only what differs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from mastery_hub.common import clock
from mastery_hub.directory.enums import ImportStatus
from mastery_hub.directory.models import LocalAuthority, Region, RegisterImport, School
from mastery_hub.directory.register import FIELDS, Reading


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
        status=ImportStatus.DONE,
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
    created, updated = cursor.fetchone()
    return created, updated

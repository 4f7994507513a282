"""Brings the register's schools into the database, touching only what differs."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import connection

from mastery_hub.directory.enums import OPEN_STATUSES, EstablishmentStatus
from mastery_hub.directory.models import LocalAuthority, Region, RegisterLine, School
from mastery_hub.directory.register.schools import FIELDS, Reading

SCHOOL, LINE = School._meta.db_table, RegisterLine._meta.db_table
COLUMN_OF = {field.attname: str(field.column) for field in School._meta.concrete_fields}
COLUMNS = [COLUMN_OF[field] for field in FIELDS]
SEARCH = [index for index in School._meta.indexes if isinstance(index, GinIndex)]
MANY = 5_000  # new schools: into an empty register, so many come in half the time when search is indexed afterwards
TAB = "\t"
OPEN = ", ".join(str(int(status)) for status in sorted(OPEN_STATUSES))


class SchoolsImport:
    """`read` needs no transaction and takes the time; `write` is short and all of it or nothing. Closed after use."""

    noun = "school", "schools"

    def __init__(self, path: Path, told: Callable[[int], None]) -> None:
        self.reading = Reading(
            path,
            authorities=set(LocalAuthority.objects.values_list("code", flat=True)),
            regions=set(Region.objects.values_list("name", flat=True)),
            known=_known_lines(),
            progress=told,
        )
        self.extract = self.reading.extract
        self.staged = TemporaryFile()  # noqa: SIM115  # `close` does

    def read(self) -> None:
        for row in self.reading.rows():
            self.staged.write(f"{TAB.join(row)}\n".encode())
        self.staged.seek(0)

    def close(self) -> None:
        self.staged.close()

    @property
    def found(self) -> int:
        return self.reading.schools

    @property
    def usual(self) -> int:
        return School.objects.count()

    def write(self) -> dict[str, Any]:
        extract, reading = self.extract, self.reading
        new = _create_authorities(reading.new_authorities)
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TEMP TABLE register_row ON COMMIT DROP AS"
                f" SELECT {', '.join(COLUMNS)}, NULL::bigint AS digest FROM {SCHOOL} WITH NO DATA"
            )
            cursor.copy_expert(f"COPY register_row ({', '.join(COLUMNS)}, digest) FROM STDIN", self.staged)
            cursor.execute("ANALYZE register_row (urn)")
            updated, closed = _update(cursor)
            created = _create(cursor)
            _remember_lines(cursor)
            cursor.execute("DROP TABLE register_row")
        rejected = len(extract.rejections)
        return {
            "created": created,
            "updated": updated,
            "closed": closed,
            "unchanged": extract.count - reading.outside_england - rejected - created - updated,
            "outside_england": reading.outside_england,
            "new_authorities": new,
        }


def _known_lines() -> dict[int, str]:
    """Fingerprints of lines that schools were last read from."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT digest, urn::text FROM {LINE} JOIN {SCHOOL} USING (urn)")
        return dict(cursor.fetchall())


def _create_authorities(found: dict[int, tuple[str, str]]) -> list[str]:
    regions = {region.name: region for region in Region.objects.all()}
    taken = set(LocalAuthority.objects.values_list("name", flat=True))
    new = []
    for code, (name, region) in sorted(found.items()):
        unique = f"{name} ({code})" if name in taken else name
        taken.add(unique)
        new.append(LocalAuthority(code=code, name=unique, region=regions[region]))
    return [authority.name for authority in LocalAuthority.objects.bulk_create(new)]


def _update(cursor: Any) -> tuple[int, int]:
    """How many schools changed, and how many of them were open and now are closed."""
    rest = COLUMNS[1:]
    differs = (
        f"({', '.join(f'school.{column}' for column in rest)})"
        f" IS DISTINCT FROM ({', '.join(f'register_row.{column}' for column in rest)})"
    )
    cursor.execute(
        f"SELECT count(*) FROM register_row JOIN {SCHOOL} AS school USING (urn)"
        f" WHERE school.status IN ({OPEN}) AND register_row.status = {EstablishmentStatus.CLOSED:d}"
    )
    closed = cursor.fetchone()[0]
    cursor.execute(
        f"UPDATE {SCHOOL} AS school SET {', '.join(f'{column} = register_row.{column}' for column in rest)}"
        f" FROM register_row WHERE school.urn = register_row.urn AND {differs}"
    )
    return cursor.rowcount, closed


def _create(cursor: Any) -> int:
    """Never asks row by row whether the school is there: that would search through what it has just written itself."""
    insert = f"INSERT INTO {SCHOOL} ({', '.join(COLUMNS)}) SELECT {', '.join(COLUMNS)} FROM register_row"
    cursor.execute("SELECT count(*) FROM register_row")
    if cursor.fetchone()[0] < MANY or School.objects.exists():
        cursor.execute(f"{insert} ON CONFLICT (urn) DO NOTHING")
        created = int(cursor.rowcount)
        for index in SEARCH:
            cursor.execute(f"SELECT gin_clean_pending_list('{index.name}')")  # so that the next search is fast
        return created
    with connection.schema_editor() as editor:
        for index in SEARCH:
            editor.remove_index(School, index)
        cursor.execute(insert)
        created = int(cursor.rowcount)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # an index is not made while rows wait to be checked
        for index in SEARCH:
            editor.add_index(School, index)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return created


def _remember_lines(cursor: Any) -> None:
    """After the schools: whatever changes a school forgets its line."""
    cursor.execute(
        f"INSERT INTO {LINE} AS line (urn, digest) SELECT urn, digest FROM register_row WHERE digest IS NOT NULL"
        f" ON CONFLICT (urn) DO UPDATE SET digest = excluded.digest WHERE line.digest <> excluded.digest"
    )

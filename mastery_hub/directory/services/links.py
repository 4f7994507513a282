"""Brings the register's links between schools into the database, touching only what differs."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from django.db import connection

from mastery_hub.directory.models import School, SchoolLink
from mastery_hub.directory.register.links import LinkReading

LINK = SchoolLink._meta.db_table
SAME = "(link.from_school_id, link.to_school_id) = (told.from_school_id, told.to_school_id)"


class LinksImport:
    """The file is the whole truth: a link that it no longer has goes, so that a corrected one closes no circle."""

    noun = "link", "links"

    def __init__(self, path: Path, told: Callable[[int], None]) -> None:
        self.reading = LinkReading(path, schools=set(School.objects.values_list("pk", flat=True)), progress=told)
        self.extract = self.reading.extract

    def close(self) -> None:
        """Holds nothing open."""

    def read(self) -> None:
        self.reading.read()

    @property
    def found(self) -> int:
        return len(self.reading.links)

    @property
    def usual(self) -> int:
        return SchoolLink.objects.count()

    def write(self) -> dict[str, Any]:
        reading = self.reading
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TEMP TABLE told_link ON COMMIT DROP AS"
                f" SELECT from_school_id, to_school_id, kind, linked_on FROM {LINK} WITH NO DATA"
            )
            cursor.copy_expert("COPY told_link FROM STDIN", BytesIO(self._lines()))
            cursor.execute("ANALYZE told_link")
            removed = _changed(
                cursor, f"DELETE FROM {LINK} AS link WHERE NOT EXISTS (SELECT FROM told_link AS told WHERE {SAME})"
            )
            updated = _changed(
                cursor,
                f"UPDATE {LINK} AS link SET kind = told.kind, linked_on = told.linked_on FROM told_link AS told"
                f" WHERE {SAME} AND (link.kind, link.linked_on) IS DISTINCT FROM (told.kind, told.linked_on)",
            )
            cursor.execute(f"DELETE FROM told_link AS told USING {LINK} AS link WHERE {SAME}")
            created = _changed(
                cursor,
                f"INSERT INTO {LINK} (from_school_id, to_school_id, kind, linked_on)"
                f" SELECT from_school_id, to_school_id, kind, linked_on FROM told_link",
            )
            cursor.execute("DROP TABLE told_link")
        return {
            "created": created,
            "updated": updated,
            "removed": removed,
            "unchanged": len(reading.links) - created - updated,
            "repeated": reading.repeated,
            "other_kinds": reading.other_kinds,
            "outside_england": reading.outside_england,
        }

    def _lines(self) -> bytes:
        return "".join(
            f"{earlier}\t{later}\t{link.kind}\t{link.linked_on}\n"
            for (earlier, later), link in self.reading.links.items()
        ).encode()


def _changed(cursor: Any, statement: str) -> int:
    cursor.execute(statement)
    return int(cursor.rowcount)

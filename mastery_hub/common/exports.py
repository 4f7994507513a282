"""CSV that streams, and workbooks, with their accents and with nothing in them that a spreadsheet would run."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import chain
from numbers import Number
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from xlsxwriter import Workbook

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTH = 22  # of a column, in digits
BYTE_ORDER_MARK = "\ufeff"  # tells Excel that this is UTF-8


class _Echo:
    """What the csv module writes to: gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def safe(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_STARTS) else value


def csv_lines(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + writer.writerow(heads)
    for row in rows:
        yield writer.writerow([safe(value) for value in row])


def csv_response(file_name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A download; `rows` may be a generator and is read as it is sent."""
    response = StreamingHttpResponse(csv_lines(heads, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


def xlsx_response(file_name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A download with the heads in sight and a filter on each. What is text is written as text, so that nothing in it
    is ever run; each row goes to the disk as it is read."""
    file = BytesIO()
    with Workbook(file, {"constant_memory": True}) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(heads) - 1, WIDTH)
        last = 0
        for number, row in enumerate(chain([heads], rows)):
            for column, value in enumerate(row):
                if isinstance(value, Number):
                    sheet.write_number(number, column, value)
                else:
                    sheet.write_string(number, column, str(value), bold if number == 0 else None)
            last = number
        sheet.autofilter(0, 0, last, len(heads) - 1)
    response = HttpResponse(file.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response

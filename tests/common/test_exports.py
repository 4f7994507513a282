import csv
import io
import zipfile
from decimal import Decimal

import pytest

from mastery_hub.common.exports import csv_response, xlsx_response


@pytest.mark.parametrize("text", ["=1+1", "+44 1632", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1"])
def test_text_that_looks_like_a_formula_gets_an_apostrophe(text):
    made = b"".join(csv_response("a.csv", ["A"], [[text]])).decode("utf-8-sig")

    assert list(csv.reader(io.StringIO(made, newline=""))) == [["A"], [f"'{text}"]]


def test_everything_else_stays_as_it_is():
    response = csv_response("schools.csv", ["School", "Places", "Rate"], iter([["Zoë's, “Oak”", -4, Decimal("-1.50")]]))

    assert b"".join(response).decode() == '\ufeffSchool,Places,Rate\r\n"Zoë\'s, “Oak”",-4,-1.50\r\n'
    assert response["Content-Disposition"] == 'attachment; filename="schools.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"


def sheet_of(response):
    with zipfile.ZipFile(io.BytesIO(response.content)) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize("text", ["=1+1", "+44 1632", "-cmd", "@SUM(A1)", "https://a.example", "{=1}", "12"])
def test_workbook_writes_text_as_text(text):
    sheet = sheet_of(xlsx_response("a.xlsx", ["A"], [[text]]))

    assert f"<is><t>{text}</t></is>" in sheet
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet


def test_workbook_writes_numbers_as_numbers_and_filters_every_row():
    response = xlsx_response("schools.xlsx", ["School", "Places"], iter([["Zoë’s, “Oak”", -4], ["Ash", 2]]))

    sheet = sheet_of(response)
    assert "Zoë’s, “Oak”" in sheet
    assert '<c r="B2"><v>-4</v></c>' in sheet
    assert '<autoFilter ref="A1:B3"/>' in sheet
    assert response["Content-Disposition"] == 'attachment; filename="schools.xlsx"'
    assert response["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

import csv
import io
from decimal import Decimal

import pytest

from mastery_hub.common.exports import csv_response


@pytest.mark.parametrize("text", ["=1+1", "+44 1632", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1"])
def test_text_that_looks_like_a_formula_gets_an_apostrophe(text):
    made = b"".join(csv_response("a.csv", ["A"], [[text]])).decode("utf-8-sig")

    assert list(csv.reader(io.StringIO(made, newline=""))) == [["A"], [f"'{text}"]]


def test_everything_else_stays_as_it_is():
    response = csv_response("schools.csv", ["School", "Places", "Rate"], iter([["Zoë's, “Oak”", -4, Decimal("-1.50")]]))

    assert b"".join(response).decode() == '\ufeffSchool,Places,Rate\r\n"Zoë\'s, “Oak”",-4,-1.50\r\n'
    assert response["Content-Disposition"] == 'attachment; filename="schools.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mastery_hub.common.files.names import LONGEST, shown_name, stored_name
from mastery_hub.directory.models import School


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Supporting letter.pdf", "Supporting letter.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Ann\\letter.docx", "letter.docx"),
        ("letter\u202efdp.exe", "letterfdp.exe"),  # shown as "letterexe.pdf" where the character is kept
        ("line\r\nSet-Cookie: a=b.pdf", "line Set-Cookie a=b.pdf"),
        ("nul\0l.pdf", "null.pdf"),
        ('say "yes"?.pdf', "say yes.pdf"),
        ("École\u00a0primaire.pdf", "École primaire.pdf"),
        ("e\u0301cole.pdf", "école.pdf"),
        ("学校.pdf", "学校.pdf"),
        (".htaccess", "htaccess"),
        ("..", "file"),
        ("", "file"),
        ("\ud800.pdf", "pdf"),
    ],
)
def test_shown_name_is_harmless(given: str, shown: str):
    assert shown_name(given) == shown


@pytest.mark.parametrize(
    ("length", "shown"), [(96, "x" * 96 + ".pdf"), (97, "x" * 96 + ".pdf"), (300, "x" * 96 + ".pdf")]
)
def test_long_name_keeps_its_ending(length: int, shown: str):
    assert shown_name("x" * length + ".pdf") == shown


@given(st.text())
def test_shown_name_fits_its_column_whatever_was_given(name: str):
    shown = shown_name(name)

    assert 0 < len(shown) <= LONGEST
    assert shown == shown_name(shown)
    assert not re.search(r"[/\\\0-\x1f\x7f\u202a-\u202e\u2066-\u2069]", shown)


def test_stored_name_says_nothing_and_is_never_the_same():
    names = {stored_name(School(name="Oak"), "secret letter.pdf") for _ in range(100)}

    assert len(names) == 100
    assert all(re.fullmatch(r"directory/school/20\d\d/[\w-]{32}", name) for name in names)

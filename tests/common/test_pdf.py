"""PDFs that screen readers can read, whatever people typed."""

import pytest

from mastery_hub.common.pdf import can_be_drawn, pdf
from tests.counts import count, odd_texts

TEMPLATE = "applications/application_copy.typ"


def copy(text: str) -> bytes:
    cards = [{"title": text, "rows": [{"key": text, "lines": [text, text]}]}]
    facts = {"title": text[:200], "reference": "MS-1", "name": text[:200], "facts": [text]}
    return pdf(TEMPLATE, facts | {"cards": cards})


@pytest.mark.parametrize(
    "text",
    [
        '#panic(1) #sys.inputs *bold* _it_ $x$ `c` <label> @ref // c /* */ \\ = h [ ] { } "q" \' #',
        '#image("/etc/passwd") #read("application_copy.typ") #import "x.typ": *',
        "Łódź naïve Ελληνικά Русский שלום مرحبا",
        "😀 👩‍🏫 🎉 taught",
        "数学",
        "a\x07b\x00\x1b\u202erev\u2028c\ud800",
        "x" * 20_000,
    ],
    ids=["markup", "files", "scripts", "emoji", "no font", "controls", "a long word"],
)
def test_whatever_was_typed_is_written_for_screen_readers(text: str) -> None:
    written = copy(text)

    assert written.startswith(b"%PDF-")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in written


def test_what_no_font_draws_is_written_by_its_name() -> None:
    assert [can_be_drawn(character) for character in "aé–Я✓😀数"] == [True, True, True, True, True, False, False]
    assert copy("I like 😀") != copy("I like ")


def test_text_of_another_script_throughout_is_written_all_the_same() -> None:
    assert copy("".join(map(chr, range(0x4E00, 0x4E00 + 600)))).startswith(b"%PDF-")


@pytest.mark.parametrize("text", list(odd_texts(count(5, 500))))
def test_odd_texts_are_written(text: str) -> None:
    assert copy(text).startswith(b"%PDF-")

from mastery_hub.dashboards.documents import document_sections


def test_sections_begin_at_the_highest_heading_used() -> None:
    opening, sections = document_sections(
        "Hello\n\n## First *one*\n\nBody\n\n### Inside\n\nMore\n\n## Second `two`\n\nEnd"
    )

    assert opening.strip() == "Hello"
    assert [(s.title, s.anchor) for s in sections] == [("First one", "section-1"), ("Second two", "section-2")]
    assert [s.body.strip() for s in sections] == ["Body\n\n### Inside\n\nMore", "End"]


def test_underlined_headings_lose_their_line() -> None:
    _, sections = document_sections("Title\n=====\n\nBody")

    assert [(s.title, s.body.strip()) for s in sections] == [("Title", "Body")]


def test_headings_inside_quotes_and_code_are_not_sections() -> None:
    text = "> # Quoted\n\n```\n# Code\n```\n\n## Real\n\nBody"

    opening, sections = document_sections(text)

    assert [s.title for s in sections] == ["Real"]
    assert opening == "> # Quoted\n\n```\n# Code\n```\n"


def test_text_without_headings_is_all_opening() -> None:
    assert document_sections("One\n\nTwo") == ("One\n\nTwo", [])
    assert document_sections("") == ("", [])


def test_lines_are_counted_as_the_parser_counts_them() -> None:
    """A form feed or a line separator, as pasted from elsewhere, ends no line of Markdown; a browser sends CRLF."""
    _, sections = document_sections("A\x0cb\u2028c\r\n\r\n## One\r\n\r\nFirst\r\n\r\n## Two\r\n\r\nSecond")

    assert [(s.title, s.body.strip()) for s in sections] == [("One", "First"), ("Two", "Second")]

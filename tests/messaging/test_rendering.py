import pytest

from mastery_hub.common.markdown import PARSER
from mastery_hub.messaging.kinds import kind_named
from mastery_hub.messaging.plain import plain_text
from mastery_hub.messaging.rendering import email_render, markdown_escape

HOSTILE = [
    "[Click me](https://evil.example)",
    "<b>Bold</b> & <script>alert(1)</script>",
    "# A heading",
    "1. one\n2. two",
    "- a list\n- goes on",
    "    four spaces",
    "\ttab",
    "Setext\n===",
    "Setext\n---",
    "*stars* _lines_ **more** `code` ~~struck~~",
    "> quoted",
    "&lt;b&gt; &amp; &#42;",
    "<https://evil.example>",
    "![picture](https://evil.example/x.png)",
    "[ref]: https://evil.example",
    "```\nfence\n```",
    "| a | b |\n|---|---|\n| c | d |",
    "back\\slash \\* and O’Neill-Šimić",
    "{{ site_url }} {% now %}",
]


@pytest.mark.parametrize("typed", HOSTILE)
def test_typed_text_stays_what_was_typed(typed: str) -> None:
    tokens = PARSER.parse(f"Dear {markdown_escape(typed)}, hello")

    assert {token.type for token in tokens} == {"paragraph_open", "inline", "paragraph_close"}
    assert {child.type for child in tokens[1].children} <= {"text", "text_special", "hardbreak"}
    assert plain_text(tokens) == "Dear " + "\n".join(line.strip() for line in typed.strip().splitlines()) + ", hello"


def test_typed_paragraphs_stay_paragraphs() -> None:
    assert plain_text(PARSER.parse(markdown_escape("one\ntwo\n\n\n  three\r\n\r\nfour"))) == "one\ntwo\n\nthree\n\nfour"


def test_email_escapes_names_in_text_html_and_subject() -> None:
    sample = kind_named("invitation").sample()
    context = sample | {"inviter": "<b>Ann</b>\nBcc: all@evil.example", "role": "[Hub](https://evil.example)"}

    rendered = email_render(kind_named("invitation"), context, ("link",))

    assert rendered.subject == "<b>Ann</b> Bcc: all@evil.example invites you to Mastery Hub"
    assert "<b>Ann</b>\nBcc: all@evil.example invites you to join Mastery Hub as [Hub](https://evil" in rendered.text
    assert "&lt;b&gt;Ann&lt;/b&gt;<br />\nBcc: all@evil.example invites you to join" in rendered.html
    assert "<strong>[Hub](https://evil.example)</strong>" in rendered.html
    assert 'href="https://evil.example' not in rendered.html


def test_plain_text_reads_well() -> None:
    source = """# Title

A paragraph
on two lines with **bold**, a [link](https://a.example/x) and <https://b.example>.

- one
- two with *stress*

  and more
- three

3. third
4. fourth

> quoted
> again

---

| Day | Time |
|-----|------|
| Mon | 9am  |
"""
    assert plain_text(PARSER.parse(source)) == (
        "Title\n\n"
        "A paragraph\non two lines with bold, a link: https://a.example/x and https://b.example.\n\n"
        "- one\n- two with stress\n   and more\n- three\n\n"
        "3. third\n4. fourth\n\n"
        "> quoted\n> again\n\n"
        "----------------------------------------\n\n"
        "Day | Time\nMon | 9am"
    )

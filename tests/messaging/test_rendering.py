import pytest

from mastery_hub.common.markdown import PARSER
from mastery_hub.messaging.plain import plain_text
from mastery_hub.messaging.rendering import markdown_escape

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
]


@pytest.mark.parametrize("typed", HOSTILE)
def test_typed_text_stays_what_was_typed(typed):
    tokens = PARSER.parse(f"Dear {markdown_escape(typed)}, hello")

    assert {token.type for token in tokens} == {"paragraph_open", "inline", "paragraph_close"}
    assert plain_text(tokens) == "Dear " + "\n".join(line.strip() for line in typed.strip().splitlines()) + ", hello"

import io
import json
import re
import shutil
import subprocess
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command

from mastery_hub.common.forms.words import MaxWordsValidator, words_count
from tests import browser


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("   \n\t ", 0),
        ("one", 1),
        ("  well-known  words,\r\nthree ", 3),
        ("non\u00a0breaking and thin\u2009space", 5),
        ("a\ufeffb", 2),  # white space to JavaScript, not to Python
        ("a\x1cb a\x85b", 2),  # white space to Python, not to JavaScript
        ("— – 5 + 5", 5),
    ],
)
def test_words_count_is_govuk_frontends_count(text: str, count: int):
    assert words_count(text) == count


def test_max_words_lets_the_last_allowed_word_pass():
    MaxWordsValidator(3)("one two three")


@pytest.mark.parametrize(("text", "over"), [("a b c d", "1 word"), ("a b c d e", "2 words")])
def test_max_words_says_how_much_to_cut(text: str, over: str):
    with pytest.raises(ValidationError) as refused:
        MaxWordsValidator(3)(text)

    assert refused.value.messages == [f"Your answer must be 3 words or fewer. It is {over} too long"]


def test_browser_counts_every_text_as_the_server_does():
    """With the very expression that govuk-frontend counts by, over each character that might end a word and over all
    short texts of the likeliest."""
    call_command("build_assets", stdout=io.StringIO())
    script = Path(settings.BASE_DIR, "build", "static", "js", "govuk-frontend.js").read_text()
    [expression] = re.findall(r"text\.match\((/.+?/g)\)", script)
    texts = [f"a{chr(code)}b" for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    texts += ["".join(each) for size in range(6) for each in product("a \u00a0\n\ufeff-", repeat=size)]
    count = f"JSON.parse(all).map((text) => (text.match({expression}) || []).length)"
    program = f"const all = require('fs').readFileSync(0, 'utf8'); console.log(JSON.stringify({count}))"

    node = browser.node() or shutil.which("node")
    assert node
    counted = subprocess.run([node, "-e", program], input=json.dumps(texts), capture_output=True, text=True, check=True)

    assert [words_count(text) for text in texts] == json.loads(counted.stdout)

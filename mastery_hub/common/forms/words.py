"""How words are counted: runs of anything but white space, exactly as govuk-frontend counts them in the browser.

JavaScript's white space (ECMAScript 2025, 22.2.2.9) is spelled out, because Python's `\\s` is another set:
it has the four separators U+001C to U+001F and U+0085, and lacks U+FEFF.
"""

import re

from django.core.exceptions import ValidationError

WORD = re.compile("[^\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")


def words_count(text: str) -> int:
    return len(WORD.findall(text))


class MaxWordsValidator:
    """Says by how many words a text is too long, so that its writer knows how much to cut."""

    def __init__(self, limit: int, what: str = "Your answer") -> None:
        self.limit, self.what = limit, what

    def __call__(self, text: str) -> None:
        over = words_count(text) - self.limit
        if over > 0:
            words = "word" if over == 1 else "words"
            message = f"{self.what} must be {self.limit} words or fewer. It is {over} {words} too long"
            raise ValidationError(message, code="max_words")

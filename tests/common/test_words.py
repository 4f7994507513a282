import pytest
from django.core.exceptions import ValidationError

from mastery_hub.common.forms.words import MaxWordsValidator, words_count


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

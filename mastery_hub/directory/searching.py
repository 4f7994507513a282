"""How a school's name and what somebody types are brought to one spelling, in SQL and in Python alike.

Both lose capitals, accents, apostrophes and small words, other punctuation becomes a space, and words with several
spellings get one: “St. Mary’s C.E.” is found by “Saint Marys Church of England”. No character is left that LIKE reads
as a wildcard. The register's side keeps the other spellings beside it, so that half of one finds the school too.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import reduce

from django.db.models import Func, Value
from django.db.models.expressions import Expression
from django.db.models.functions import Concat, Lower, Replace

DROPPED = "[\u0300-\u036f'’‘`]"  # accents, once they stand apart from their letters, and apostrophes
SPACED = "[^a-z0-9]+"
ONE_SPELLING = (  # each stands between spaces
    (" church of england ", " cofe "),
    (" c of e ", " cofe "),
    (" c e ", " cofe "),
    (" cof e ", " cofe "),
    (" ce ", " cofe "),
    (" roman catholic ", " catholic "),
    (" r c ", " catholic "),
    (" rc ", " catholic "),
    (" st ", " saint "),
    (" and ", " "),  # or “&”, or nothing
    (" the ", " "),
    (" of ", " "),
)
ALL_SPELLINGS = (
    (" cofe ", " cofe ce church england "),
    (" catholic ", " catholic rc roman "),
    (" saint ", " st saint "),
)
COMMONEST = ("school", "primary", "saint", "cofe", "academy", "catholic", "infant", "junior", "church", "england")
LEAST = 3  # letters and digits that a search must have
WORDS = 8  # more words than this narrow nothing down


def as_searched(*parts: str | Expression) -> Expression:
    """The SQL of what the register's side of a search holds."""
    apart = [each for part in parts for each in (part, Value(" "))]
    letters = Func(Concat(Value(" "), *apart), template="normalize(%(expressions)s, NFD)")
    text: Expression = _all_replaced(Lower(_all_replaced(letters, DROPPED, "")), SPACED, " ")
    return reduce(lambda text, pair: Replace(text, *map(Value, pair)), ONE_SPELLING + ALL_SPELLINGS, text)


def _all_replaced(text: Expression, pattern: str, new: str) -> Expression:
    return Func(text, Value(pattern), Value(new), Value("g"), function="regexp_replace")


def words(text: str) -> list[str]:
    """What a school must have all of, each in the one spelling that every school has."""
    return _replaced(f" {' '.join(_typed(text))} ", ONE_SPELLING).split()


def is_common(word: str) -> bool:
    """Whether thousands of schools have it: an index tells nothing of them that reading the others’ rows does not."""
    return any(common.startswith(word) for common in COMMONEST)


def phrase(text: str) -> str:
    """The words as they stand in the register's side of a school that has them in this order."""
    return _replaced(f" {' '.join(words(text))} ", ALL_SPELLINGS).strip()


def is_enough(text: str) -> bool:
    """Three letters, or a postcode's district such as E1."""
    typed = _typed(text)
    longest = max(map(len, typed), default=0)
    district = any(re.match(r"[a-z]{1,2}\d", word) for word in typed)
    return bool(words(text)) and (district or (longest > 1 and sum(map(len, typed)) >= LEAST))


def _typed(text: str) -> list[str]:
    letters = re.sub(DROPPED, "", unicodedata.normalize("NFD", text))
    return re.sub(SPACED, " ", letters.lower()).split()[:WORDS]


def _replaced(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    return reduce(lambda text, pair: text.replace(*pair), pairs, text)

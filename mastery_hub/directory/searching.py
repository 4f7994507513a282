"""How a school's name and what somebody types are brought to one spelling, in SQL and in Python alike.

Both are put in lower case, lose apostrophes and have other punctuation turned into spaces, so that “St Marys” finds
“St. Mary's”, and no character of a search is left that LIKE would read as a wildcard.
"""

SPACED = '-–.,;:&()/+*!?"_%\\'
DROPPED = "'’‘`"
UNSAID = {"and", "the", "of"}  # a name may have them or “&” or nothing
LETTERS = 3  # the shortest word that a trigram index can look up
WORDS = 8  # more words than this narrow nothing down

_TABLE = str.maketrans(SPACED, " " * len(SPACED), DROPPED + "\0")


def words(text: str) -> list[str]:
    found = text.lower().translate(_TABLE).split()
    return ([word for word in found if word not in UNSAID] or found)[:WORDS]


def is_enough(found: list[str]) -> bool:
    return any(len(word) >= LETTERS for word in found)

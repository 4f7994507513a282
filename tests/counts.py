"""How often: a few times in the suite, at full counts in a soak (`make soak`)."""

import os
import random
from collections.abc import Iterator

SOAK = bool(os.environ.get("SOAK"))
ODD_CHARACTERS = (
    "\t\n\r\x01\x1f\x7f\x85\u00a0",  # controls and spaces
    "\u0300\u0301\u200b\u200d\u202e\u2028\ufeff",  # combining, of no width, right to left
    "<>&\"'`;%{}[]()\\/#?=:@!$*+|~^,.-_",
    "0123456789٣۴੫",
    "aZßıİſΩé",
    "漢字🧮👩🏽‍🏫",
)


def count(small: int, full: int) -> int:
    return full if SOAK else small


def odd_texts(number: int, seed: int = 3) -> Iterator[str]:
    """The same ones in every run."""
    dice = random.Random(seed)
    for _ in range(number):
        letters = "".join(dice.sample(ODD_CHARACTERS, dice.randint(1, 3)))
        yield "".join(dice.choices(letters, k=dice.choice((1, 3, 12, 300))))

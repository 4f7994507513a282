"""Sentences made of a field's label, for the errors that a form does not word itself."""

from collections.abc import Sequence


def listed(items: Sequence[str], last: str = "and") -> str:
    """day, month and year."""
    return f" {last} ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def is_question(label: object) -> bool:
    return str(label or "").rstrip().endswith("?")


def subject(label: object) -> str:
    """What starts a sentence about the answer."""
    return "Your answer" if is_question(label) or not label else str(label)


def lower_first(label: object) -> str:
    """`Full name` becomes `full name`; `TRN`, `URN of …` and `Maths Hub` stay."""
    text = str(label or "an answer")
    second_word = text.partition(" ")[2]
    return text if text[1:2].isupper() or second_word[:1].isupper() else text[:1].lower() + text[1:]


def required(label: object, verb: str) -> str:
    return f"Answer “{label}”" if is_question(label) else f"{verb} {lower_first(label)}"

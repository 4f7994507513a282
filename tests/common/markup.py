import re


def flat(html: str) -> str:
    """The same page without the white space that only its template's layout put there."""
    return re.sub(r"\s*([<>])\s*", r"\1", " ".join(html.split()))

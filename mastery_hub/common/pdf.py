"""PDFs to keep and print, written by typst as PDF/UA: a screen reader reads their headings and lines in order.

What people typed comes as data and never as markup, so nothing in it is run. The fonts that typst brings draw Latin,
Greek, Cyrillic, Hebrew and Arabic; what they cannot draw, such as an emoji, is written out by its name.
"""

import json
import logging
import re
import unicodedata
from functools import lru_cache
from typing import Any

import typst
from django.conf import settings

log = logging.getLogger(__name__)
MANY = 100  # different letters beyond ASCII: whoever uses more writes another script, which names make no clearer
LONG = re.compile(r"(\S{50})(?=\S)")  # what has no space breaks here rather than run off the paper
PROBE = b'#set document(title: "x")\n#set text(font: ("Libertinus Serif", "DejaVu Sans Mono"))\n#sys.inputs.data'


def pdf(template: str, data: Any) -> bytes:
    """`template` lies in `templates/` and reads `data` as `json(bytes(sys.inputs.data))`."""
    source = (settings.BASE_DIR / "templates" / template).read_bytes()
    data = _each_text(data, _tidied)
    plain = _json(data)
    written = _written(source, plain)
    if written is None and sum(not character.isascii() for character in set(plain)) < MANY:
        written = _written(source, _json(_each_text(data, _named)))
    if written is None:
        log.warning("%s is written without PDF/UA: it has characters that no font of ours has", template)
        written = _compiled(source, plain, [])
    return written


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


def _compiled(source: bytes, data: str, standards: list[str]) -> bytes:
    options: Any = {"format": "pdf", "pdf_standards": standards, "ignore_system_fonts": True}
    return typst.compile(source, sys_inputs={"data": data}, **options)


def _written(source: bytes, data: str) -> bytes | None:
    """PDF/UA; nothing when a character cannot be drawn."""
    try:
        return _compiled(source, data, ["ua-1"])
    except typst.TypstError:
        return None


@lru_cache(maxsize=10_000)
def can_be_drawn(character: str) -> bool:
    return _written(PROBE, f"a{character}b") is not None


def _named(text: str) -> str:
    return "".join(map(_name_of, text))


def _name_of(character: str) -> str:
    if character.isascii() or can_be_drawn(character):
        return character
    return f"[{unicodedata.name(character, f'U+{ord(character):04X}').lower()}]"


def _tidied(text: str) -> str:
    """Lines stay; other controls have no shape, and those of direction would turn round what stands beside them."""
    shapeless = ("Cc", "Cf", "Cs", "Co", "Cn")
    shown = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in shapeless)
    return LONG.sub("\\1\u200b", shown)


def _each_text(data: Any, change: Any) -> Any:
    if isinstance(data, dict):
        return {name: _each_text(value, change) for name, value in data.items()}
    if isinstance(data, list):
        return [_each_text(value, change) for value in data]
    return change(str(data).replace("\r\n", "\n"))

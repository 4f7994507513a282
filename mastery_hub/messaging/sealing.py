"""Links and codes on their way: a stored body holds placeholders, the values lie sealed beside it until sent."""

import json
import re
from collections.abc import Callable, Mapping

from cryptography.fernet import MultiFernet

from mastery_hub.common.sealing import fernet

PLACEHOLDER = re.compile(
    r"0secret0([a-z_]+)0secret0"
)  # letters and digits alone come unchanged through Markdown and HTML
GONE = "[removed after sending]"


def placeholder(name: str) -> str:
    return f"0secret0{name}0secret0"


def _fernet() -> MultiFernet:
    return fernet("mastery_hub.messaging")


def seal(secrets: Mapping[str, str]) -> bytes:
    return _fernet().encrypt(json.dumps(dict(secrets)).encode()) if secrets else b""


def unseal(sealed: bytes | memoryview) -> dict[str, str]:
    """Raises cryptography's InvalidToken when the key has changed since."""
    return json.loads(_fernet().decrypt(bytes(sealed))) if sealed else {}


def fill(text: str, secrets: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
    return PLACEHOLDER.sub(lambda found: escape(secrets.get(found[1], GONE)), text)

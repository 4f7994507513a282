"""A file has two names: a random one that says nothing, in storage, and its owner's, in a column of the owning row."""

import re
import secrets
import unicodedata
from pathlib import PurePath

from django.db import models

from mastery_hub.common import clock

LONGEST = 100
NOT_IN_NAMES = '<>:"|?*'  # Windows refuses to save them


def stored_name(row: models.Model, _: str = "") -> str:
    """`<app>/<model>/<year>/<random>`."""
    meta = row._meta
    return f"{meta.app_label}/{meta.model_name}/{clock.today().year}/{secrets.token_urlsafe(24)}"


def shown_name(given: str) -> str:
    """What its owner called it, without path, control and direction characters, and no longer than its column."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    harmless = "".join(each for each in re.sub(r"\s", " ", last) if each.isprintable() and each not in NOT_IN_NAMES)
    name = re.sub(" +", " ", harmless).strip(". ")
    ending = PurePath(name).suffix[:20]
    return (name if len(name) <= LONGEST else name[: LONGEST - len(ending)].rstrip(". ") + ending) or "file"

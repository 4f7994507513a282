"""The kinds of email there are. Each app names its own in `emails.py`, so that messaging knows no app above it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class EmailKind:
    """`goes` says to whom and when. `template` is the beginning of two names: `<template>_subject.txt` and
    `<template>_body.md` (Markdown).

    `sample` returns a context that shows the whole body; `secrets` names the links and codes sealed until sent.
    An urgent kind (somebody waits at the screen) overtakes the rest.
    `unsubscribe` names the link that stops what somebody asked to be told of, for the button of their mail program: a
    POST there asks nothing further (RFC 8058). No email about an application of one's own has it.
    """

    name: str
    goes: str
    template: str
    sample: Callable[[], dict[str, Any]]
    secrets: tuple[str, ...] = ()
    urgent: bool = False
    unsubscribe: str = ""


_kinds: dict[str, EmailKind] = {}


def register(*kinds: EmailKind) -> None:
    for kind in kinds:
        if kind.name in _kinds:
            raise ValueError(f"Two kinds of email are called {kind.name!r}")
        _kinds[kind.name] = kind


def kind_named(name: str) -> EmailKind:
    return _kinds[name]


def is_known(name: str) -> bool:
    """Rows outlive the kinds that wrote them."""
    return name in _kinds


def all_kinds() -> list[EmailKind]:
    return sorted(_kinds.values(), key=lambda kind: kind.name)

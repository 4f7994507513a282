"""The letters of a round: the hub's words in them, as they would go out now, and the mark of what was read."""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import NamedTuple

from django.db import transaction

from applications import permissions
from applications.enums import Outcome
from applications.models import Application, Decision, LetterWording, Round
from applications.services import notices
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.rendering import Rendered

LONGEST = 5000  # characters
WRITTEN = {
    Outcome.OFFER: "",
    Outcome.RESERVE: "If a place becomes free, it may be offered to you. We cannot say how likely that is.\n\n"
    "There is nothing you need to do. You can withdraw at any time.",
    Outcome.UNSUCCESSFUL: "You are welcome to apply again in a later round, and [hub] will be glad to talk about other "
    "ways to take part.",
}
GAPS = ("name", "school", "hub", "programme", "cohort")
GAP = re.compile(r"\[([^\[\]\n]{1,40})\]")


class Letter(NamedTuple):
    """`mark` says which letter was read: another word in it, or another proposal, has another mark."""

    words: str
    rendered: Rendered
    mark: str


def reply_by_from(released: datetime, days: int) -> datetime:
    """11:59pm in London, `days` calendar days after the release: nobody misreads that as they misread midnight."""
    day = clock.london(released).date() + timedelta(days=days)
    return datetime.combine(day, time(23, 59), tzinfo=clock.LONDON)


def gaps_unknown(text: str) -> list[str]:
    """Names in brackets that nothing is put in for."""
    return [found for found in GAP.findall(text) if found not in GAPS]


def wording_of(wordings: Mapping[str, str], outcome: str) -> str:
    return wordings.get(outcome, WRITTEN[Outcome(outcome)])


def wordings(hub: MathsHub | int | None, round: Round | int) -> dict[str, str]:
    """What the hub has written for the round, by outcome."""
    return dict(LetterWording.objects.filter(hub=hub, round=round).values_list("outcome", "text"))


def _filled(text: str, application: Application) -> str:
    facts = notices.application_facts(application)
    facts["name"] = facts["applicant"]
    return GAP.sub(lambda found: str(facts[found[1]]) if found[1] in GAPS else found[0], text)


def letter_words(application: Application, decision: Decision, written: Mapping[str, str] | None = None) -> str:
    """As they stand in the letter: saved for it, or else the hub's for the round, or else NCETM's."""
    if decision.letter_saved_at or decision.released_at:
        return decision.letter
    if written is None:
        written = wordings(application.hub_id, application.round_id)
    return _filled(wording_of(written, decision.outcome), application)


def letter_of(
    application: Application, decision: Decision, *, at: datetime, written: Mapping[str, str] | None = None
) -> Letter:
    """As it would go out if the decision were released `at`."""
    words = letter_words(application, decision, written)
    reply_by = reply_by_from(at, application.round.reply_days)
    rendered = notices.outcome_letter(application, decision, reply_by=reply_by, words=words)
    said = sha256(f"{rendered.subject}\n{rendered.text}".encode()).hexdigest()[:24]
    return Letter(words, rendered, f"{decision.pk}-{said}")


def _checked(text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST:
        raise DomainError(f"Write {LONGEST:,} characters at most.", code="too-long")
    if unknown := gaps_unknown(text):
        message = f"Nothing can be put in for “[{unknown[0]}]”. Use {', '.join(f'[{gap}]' for gap in GAPS)}."
        raise DomainError(message, code="unknown-gap")
    return text


@transaction.atomic
def wording_save(*, round: Round, hub: MathsHub, by: User, outcome: Outcome, text: str) -> LetterWording:
    """Letters that were saved one by one keep their own words. Raises DomainError `not-allowed`, `too-long` and
    `unknown-gap`."""
    if not permissions.can_lead_selection(by, hub):
        raise DomainError("Only a lead of the hub writes its letters.", code="not-allowed")
    saved = {"text": _checked(text), "saved_by": by, "saved_at": clock.now()}
    wording, _ = LetterWording.objects.update_or_create(round=round, hub=hub, outcome=outcome, defaults=saved)
    return wording


@transaction.atomic
def letter_save(*, application: Application, by: User, decision: int, text: str) -> Decision:
    """The words of one letter, until it is released; `decision` is the key of the proposal that was read.

    Raises DomainError `not-allowed`, `replaced`, `too-long` and `unknown-gap`.
    """
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if not permissions.can_decide(by, application):
        raise DomainError("Only a lead of the hub writes its letters.", code="not-allowed")
    found = application.decisions.open().filter(pk=decision).first()
    if found is None:
        message = "Nothing was saved: the proposal has changed since you read it, or its letter has gone out."
        raise DomainError(message, code="replaced")
    found.letter, found.letter_saved_at = _filled(_checked(text), application), clock.now()
    found.save(update_fields=["letter", "letter_saved_at"])
    return found


@transaction.atomic
def letter_reset(*, application: Application, by: User, decision: int) -> Decision:
    """Back to the hub's words for the round. Raises what `letter_save` raises."""
    found = letter_save(application=application, by=by, decision=decision, text="")
    found.letter_saved_at = None
    found.save(update_fields=["letter_saved_at"])
    return found

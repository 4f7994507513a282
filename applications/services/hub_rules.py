"""A hub's own rules for a round, written by its leads. One that somebody has answered is ended and replaced, so that
what was stored stays true; drafts go by what is in force, and what was submitted keeps the rules of its day.

The hub's row of places is locked: two leads write one after the other. Each change stands in the round's log.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from applications import permissions
from applications.enums import RoundAction
from applications.models import HubRule, Round
from applications.services.extensions import deadlines_of
from applications.services.round_log import round_note
from cohorts.models import HubPlaces
from cohorts.versions import ChangedMeanwhileError, digest
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub

MOST = 10  # of one hub in one round
TICK = timedelta(microseconds=1)


def rule_seen(rule: HubRule) -> str:
    return digest(rule.written)


def rules_bar(round: Round, hub: MathsHub) -> str:
    """Why nobody can change them now, as a sentence; empty while somebody may. The hub is taken to take part."""
    if round.published_at is None or round.published_at > clock.now():
        return "NCETM has not published this round yet."
    if clock.now() >= deadlines_of(round, hub=hub).closes_at:
        return "This round has closed, so its rules stay as they are."
    return ""


def _in_force(*, round: Round, hub: MathsHub, by: User) -> dict[str, HubRule]:
    """By key, with the hub's part in the round locked. Raises `not-allowed`, `not-taking-part` and `closed`."""
    if not permissions.can_write_hub_rules(by, hub):
        raise DomainError("Only leads of the hub write its rules.", code="not-allowed")
    if not HubPlaces.objects.select_for_update(of=("self",)).filter(cohort=round.cohort_id, hub=hub).first():
        raise DomainError(f"{hub} does not take part in this round.", code="not-taking-part")
    if bar := rules_bar(round, hub):
        raise DomainError(bar, code="closed")
    return {rule.key: rule for rule in HubRule.objects.filter(round=round, hub=hub, until_at=None)}


def _note(round: Round, hub: MathsHub, by: User, changes: Iterable[str]) -> None:
    lines = [f"{hub}: {change}" for change in changes]
    round_note(round=round, action=RoundAction.CHANGE_HUB_RULES, by=by, changes=lines)


@transaction.atomic
def hub_rule_save(*, round: Round, hub: MathsHub, by: User, key: str, seen: str, values: Mapping[str, Any]) -> HubRule:
    """Adds or changes a rule; `seen` is empty for one that is added. The same values twice are a second click.

    Raises DomainError `not-allowed`, `not-taking-part`, `closed` and `too-many`, and ChangedMeanwhileError.
    """
    rules = _in_force(round=round, hub=hub, by=by)
    before = rules.get(key)
    if before is None and seen:
        raise ChangedMeanwhileError(
            "A colleague has ended this rule in the meantime. What you typed is below: save again to add it again."
        )
    if before and before.written == dict(values):
        return before
    if before and rule_seen(before) != seen:
        raise ChangedMeanwhileError(
            "A colleague has changed this rule in the meantime. Compare: save again to replace their words with yours.",
            before,
        )
    if before is None and len(rules) >= MOST:
        raise DomainError(f"A hub may have {MOST} rules of its own. End one that you need less.", code="too-many")
    rule = before or HubRule(round=round, hub=hub, key=key)
    if before and before.is_relied_upon:
        rule = HubRule(round=round, hub=hub, key=key, from_at=_end(before))
    for name, value in values.items():
        setattr(rule, name, value)
    rule.save()
    _note(round, hub, by, [f"added “{rule}”" if before is None else f"changed “{rule}”, met by: {rule.in_words}"])
    return rule


def _end(rule: HubRule) -> datetime:
    rule.until_at = max(clock.now(), rule.from_at + TICK)
    rule.save(update_fields=["until_at"])
    return rule.until_at


@transaction.atomic
def hub_rule_end(*, round: Round, hub: MathsHub, by: User, key: str, seen: str) -> None:
    """Nobody is asked it from now on; what is ended already is ended. Raises what `hub_rule_save` does."""
    rule = _in_force(round=round, hub=hub, by=by).get(key)
    if rule is None:
        return
    if rule_seen(rule) != seen:
        raise ChangedMeanwhileError("A colleague has changed this rule in the meantime: read it before you end it.")
    _end(rule)
    _note(round, hub, by, [f"ended “{rule}”"])


def rules_before(round: Round, hub: MathsHub) -> list[HubRule]:
    """Those with which the hub ended the programme's last round that it had any in."""
    earlier = Round.objects.published().filter(cohort__programme=round.cohort.programme_id, opens_at__lt=round.opens_at)
    had = earlier.filter(hub_rules__hub=hub, hub_rules__until_at=None).order_by("-opens_at").first()
    return list(HubRule.objects.filter(round=had, hub=hub, until_at=None).select_related("round")) if had else []


@transaction.atomic
def hub_rules_take_over(*, round: Round, hub: MathsHub, by: User) -> list[HubRule]:
    """Last time's rules again, while this round has none of the hub's. Raises `not-empty` and what `_in_force` does."""
    if _in_force(round=round, hub=hub, by=by):
        raise DomainError("Your hub has rules for this round already: change those.", code="not-empty")
    taken = [
        HubRule(round=round, hub=hub, key=rule.key, from_at=clock.now(), **rule.written)
        for rule in rules_before(round, hub)
    ]
    HubRule.objects.bulk_create(taken)
    if taken:
        _note(round, hub, by, [f"took over “{rule}”" for rule in taken])
    return taken

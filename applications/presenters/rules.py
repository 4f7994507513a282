"""How hubs' own rules are listed: to the hub, which may change them, and to NCETM."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from applications.models import HubRule, Round
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.directory.models import MathsHub


def rule_rows(rules: Iterable[HubRule], round: Round, writing: MathsHub | None) -> list[dict[str, Any]]:
    """`writing` is the hub whose lead may change them."""
    return [
        {
            "rule": rule,
            "tag": rule.get_importance_display(),
            "colour": "blue" if rule.is_essential else "grey",
            "facts": [
                f"Met by: {rule.in_words}",
                f"Who does not meet it reads: “{rule.not_met}”",
                f"Since {moment(rule.from_at)}" + (f", until {moment(rule.until_at)}" if rule.until_at else ""),
            ],
            "edit": reverse("hub_rule_edit", args=[writing.slug, round.code, rule.key]) if writing else "",
            "end": reverse("hub_rule_end", args=[writing.slug, round.code, rule.key]) if writing else "",
        }
        for rule in rules
    ]


def rules_by_hub(round: Round) -> list[dict[str, str]]:
    """For components/summary_list.html, in one query: what is in force, of every hub."""
    found: dict[str, list[str]] = {}
    for rule in HubRule.objects.filter(round=round, until_at=None).select_related("hub").order_by("hub__name", "pk"):
        words = f"{rule} Met by: {rule.in_words} ({rule.get_importance_display().lower()})"
        found.setdefault(str(rule.hub), []).append(words)
    return [{"key": hub, "value": "\n".join(words)} for hub, words in found.items()]

"""What stands on a hub's public page beside its blocks.

Apps that stand above may add parts of their own, such as open rounds or Work Groups:

    hub_page.parts.append(open_rounds)   # in the app's AppConfig.ready()

Each part is asked for the hub and answers with `(template, context)`, or None when it has nothing to show.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from mastery_hub.common import clock
from mastery_hub.common.templatetags.moments import day
from mastery_hub.directory.models import HubArea, MathsHub

Part = Callable[[MathsHub], tuple[str, dict[str, Any]] | None]

parts: list[Part] = []


def shown(hub: MathsHub) -> list[dict[str, Any]]:
    answers = (part(hub) for part in parts)
    return [{"template": answer[0], "context": answer[1]} for answer in answers if answer]


def area(hub: MathsHub) -> list[dict[str, Any]]:
    """Lines such as “Lancashire, except Lancaster and West Lancashire”, `certain` or not, `when` it changes."""
    today = clock.today()
    known = list(HubArea.objects.filter(Q(until_on=None) | Q(until_on__gt=today)).select_related("authority"))
    mine = [each for each in known if each.hub_id == hub.pk]
    others = defaultdict(list)
    for each in known:
        if each.district and each.hub_id != hub.pk and each.is_on(today):
            others[each.authority_id].append(each.district)
    return [
        {"text": _line(each, sorted(others[each.authority_id])), "certain": each.certain, "when": _when(each, today)}
        for each in sorted(mine, key=lambda each: not each.is_on(today))
    ]


def _line(mine: HubArea, others: list[str]) -> str:
    if mine.district or not others:
        return str(mine)
    listed = " and ".join(filter(None, (", ".join(others[:-1]), others[-1])))
    return f"{mine.authority}, except {listed}"


def _when(mine: HubArea, today: date) -> str:
    begins = f"from {day(mine.from_on)}" if mine.from_on > today else ""
    ends = f"until {day(mine.until_on - timedelta(days=1))}" if mine.until_on else ""
    return " ".join(filter(None, (begins, ends)))

"""What stands on a hub's public page beside its blocks.

Apps that stand above may add parts of their own, such as open rounds or Work Groups:

    hub_page.parts.append(open_rounds)   # in the app's AppConfig.ready()

Each part is asked for the hub and answers with `(template, context)`, or None when it has nothing to show.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from mastery_hub.common import clock
from mastery_hub.directory.models import HubArea, MathsHub

Part = Callable[[MathsHub], tuple[str, dict[str, Any]] | None]

parts: list[Part] = []


def shown(hub: MathsHub) -> list[dict[str, Any]]:
    answers = (part(hub) for part in parts)
    return [{"template": answer[0], "context": answer[1]} for answer in answers if answer]


def area(hub: MathsHub) -> list[dict[str, Any]]:
    """Lines such as “Lancashire, except Lancaster and West Lancashire”, each `certain` or not."""
    today = HubArea.objects.on(clock.today()).select_related("authority")
    mine = list(today.filter(hub=hub))
    whole = [each.authority_id for each in mine if not each.district]
    others = defaultdict(list)
    for each in today.filter(authority__in=whole).exclude(district="").exclude(hub=hub):
        others[each.authority_id].append(each.district)
    return [{"text": _line(each, sorted(others[each.authority_id])), "certain": each.certain} for each in mine]


def _line(mine: HubArea, others: list[str]) -> str:
    if mine.district or not others:
        return str(mine)
    listed = " and ".join(filter(None, (", ".join(others[:-1]), others[-1])))
    return f"{mine.authority}, except {listed}"

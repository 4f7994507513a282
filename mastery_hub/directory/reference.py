"""The reference data that comes with the project: regions, authorities and the 40 hubs as facts in `data/`.

Loading fills gaps and changes nothing that is there: what NCETM has edited, ended or emptied stays as it is. A hub's
area and neighbours are therefore read only when the hub itself is new, and a page block only where there is none.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.db import transaction

from mastery_hub.common.models import PageBlock
from mastery_hub.directory.models import HubArea, HubPageBlock, LocalAuthority, MathsHub, Region

DATA = Path(__file__).parent / "data"
FORTY_HUBS_SINCE = date(2020, 9, 1)  # the areas are those of the network of 40, which began in 2020/21


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def block_texts() -> dict[str, str]:
    """The default text of each kind of page block, with `{hub}` where the hub's name goes."""
    text = (DATA / "page_blocks.md").read_text(encoding="utf-8")
    parts = re.split(r"^# (\w+)\n", text, flags=re.MULTILINE)[1:]
    return {kind: body.strip() for kind, body in zip(parts[::2], parts[1::2], strict=True)}


@transaction.atomic
def directory_load() -> dict[str, int]:
    """Counts of what was made, by kind of row."""
    regions = _load_regions()
    authorities = _load_authorities(regions)
    new = _load_hubs(regions)
    return {
        "authorities": authorities,
        "hubs": len(new),
        "areas": _load_areas(new),
        "neighbours": _load_neighbours(new),
        "page blocks": _load_blocks(),
    }


def _load_regions() -> dict[str, Region]:
    names = {row["region"] for row in _rows("authorities.csv")}
    Region.objects.bulk_create([Region(name=name) for name in sorted(names)], ignore_conflicts=True)
    return Region.objects.in_bulk(names, field_name="name")


def _load_authorities(regions: dict[str, Region]) -> int:
    known = set(LocalAuthority.objects.values_list("code", flat=True))
    new = [
        LocalAuthority(
            code=row["code"],
            name=row["name"],
            region=regions[row["region"]],
            abolished_on=row["abolished_on"] or None,
        )
        for row in _rows("authorities.csv")
        if int(row["code"]) not in known
    ]
    return len(LocalAuthority.objects.bulk_create(new))


def _load_hubs(regions: dict[str, Region]) -> dict[str, MathsHub]:
    known = set(MathsHub.objects.values_list("slug", flat=True))
    new = [
        MathsHub(**(row | {"region": regions[row["region"]]})) for row in _rows("hubs.csv") if row["slug"] not in known
    ]
    return {hub.slug: hub for hub in MathsHub.objects.bulk_create(new)}


def _load_areas(new: dict[str, MathsHub]) -> int:
    taken = set(HubArea.objects.values_list("authority", "district"))
    areas = [
        HubArea(
            hub=new[row["hub"]],
            authority_id=row["code"],
            district=row["district"],
            from_on=FORTY_HUBS_SINCE,
            certain=row["certain"] == "yes",
        )
        for row in _rows("hub_areas.csv")
        if row["hub"] in new and (int(row["code"]), row["district"]) not in taken
    ]
    return len(HubArea.objects.bulk_create(areas))


def _load_neighbours(new: dict[str, MathsHub]) -> int:
    hubs = MathsHub.objects.in_bulk(field_name="slug")
    pairs = [
        (hubs[row["hub"]], hubs[row["neighbour"]])
        for row in _rows("hub_neighbours.csv")
        if {row["hub"], row["neighbour"]} & new.keys() and {row["hub"], row["neighbour"]} <= hubs.keys()
    ]
    for hub, neighbour in pairs:
        hub.neighbours.add(neighbour)
    return len(pairs)


def _load_blocks() -> int:
    texts = block_texts()
    known = set(HubPageBlock.objects.values_list("hub", "kind"))
    new = [
        HubPageBlock(hub=hub, kind=kind, body=texts[kind].replace("{hub}", str(hub)))
        for hub in MathsHub.objects.current()
        for kind in PageBlock.Kind.values
        if (hub.pk, kind) not in known
    ]
    return len(HubPageBlock.objects.bulk_create(new))

"""Draws a `common.maps.DotMap`: an SVG that prints, needs no script or inline style and brings its data as a table.

All dots of a kind are one path of lines without length, which their caps make round or square, so that 1,500 schools
weigh a few kilobytes.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify

from mastery_hub.common.maps import FAINT, RING, SQUARE, WIDTH, DotMap, Dots, Frame, Pin, Place, known
from mastery_hub.common.templatetags.charts import PALETTE

register = template.Library()

TEXT = 32  # units high, for a phone; the style sheet has it smaller where there is room
LETTER = 16.5  # units wide, on average
LABELS = 12
BAND = 62  # units below the land, for the scale and the arrow
SIZES = ((150, 13), (700, 10))  # up to so many dots, each so wide
SMALLEST, AROUND = 8, 7
GRID = {FAINT: 4}  # units to which dots are moved, so that those on top of each other are drawn once
WORDS = {"dot": "Dots", "square": "Squares", "ring": "Rings", "faint": "Small grey dots"}
INK, LAND, EDGE = "#0b0c0c", "#fbfaf7", "#c9bde0"
COLOURS = {"dot": PALETTE[0], "square": PALETTE[1], "ring": PALETTE[2], "faint": "#a9a3b5", "hole": "#ffffff"}
PIN = format_html(
    '<path class="app-map__pin" fill="{}" stroke="#ffffff" stroke-width="3" '
    'd="M0 0C-4-12-15-18-15-30a15 15 0 1 1 30 0C15-18 4-12 0 0z"></path>'
    '<circle class="app-map__eye" fill="#ffffff" cy="-30" r="5"></circle>',
    PALETTE[1],
)
NAMES = {False: ("place", INK, "600", "normal"), True: ("area", "#5a5369", "400", "italic")}
SWATCH = '<svg viewBox="0 0 28 28" width="16" height="16" aria-hidden="true" focusable="false">{}</svg>'

Drawn = Sequence[tuple[Dots, Sequence[tuple[int, int]]]]


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.bottom <= other.top or other.bottom <= self.top)

    def holds(self, other: "Box") -> bool:
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom


@register.inclusion_tag("components/dot_map.html")
def dot_map(sheet: DotMap, *, level: int = 2) -> dict[str, Any]:
    name = f"map-{slugify(sheet.title)}"
    drawn = [(dots, points) for dots in sheet.dots if (points := sheet.shown(dots))]
    pins = [pin for pin in sheet.pins if sheet.is_shown(pin)]
    return {
        "id": name,
        "title": sheet.title,
        "level": level,
        "note": sheet.note,
        "svg": picture(sheet, sheet.frame, name, drawn, pins) if sheet.frame else "",
        "legend": legend(drawn, pins),
        "missing": missing(sheet),
        "first": sheet.table.first,
        "head": sheet.table.heads,
        "rows": sheet.table.rows,
    }


def picture(sheet: DotMap, frame: Frame, name: str, drawn: Drawn, pins: Sequence[Pin]) -> SafeString:
    marked = [frame.at(pin.easting, pin.northing) for pin in pins if pin.easting and pin.northing]
    return format_html(
        '<svg viewBox="0 0 {width} {height}" class="app-map" role="img" font-size="{text}" focusable="false" '
        'aria-labelledby="{name}-title {name}-description"><title id="{name}-title">{title}</title>'
        '<desc id="{name}-description">{description}</desc>'
        '<rect class="app-map__land" fill="{ground}" stroke="{edge}" stroke-width="2" x="1" y="1" width="{across}" '
        'height="{along}"></rect>'
        "{dots}{names}{pins}{scale}</svg>",
        width=WIDTH,
        height=frame.height + BAND,
        across=WIDTH - 2,
        along=frame.height - 2,
        text=TEXT,
        ground=LAND,
        edge=EDGE,
        name=name,
        title=sheet.title,
        description=description(frame, drawn, pins),
        dots=format_html_join(
            "", "{}", ((layer(dots, [frame.at(*each) for each in points]),) for dots, points in drawn)
        ),
        names=names(sheet.places, frame, [Box(x - 18, y - 48, x + 18, y + 4) for x, y in marked]),
        pins=format_html_join("", '<g transform="translate({} {})">{}</g>', ((x, y, PIN) for x, y in marked)),
        scale=scale(frame),
    )


def layer(dots: Dots, places: Sequence[tuple[int, int]]) -> SafeString:
    grid = GRID.get(dots.look, 1)
    seen = {(round(x / grid) * grid, round(y / grid) * grid) for x, y in places}
    return path(dots.look, width(dots.look, len(places)), line(sorted(seen, key=lambda place: (place[1], place[0]))))


def path(look: str, wide: int, d: str) -> SafeString:
    whole = caps(look, wide, d)
    return whole + caps("hole", round(wide * 0.45), d) if look == RING else whole


def caps(look: str, wide: int, d: str) -> SafeString:
    return format_html(
        '<path class="app-map__{}" fill="none" stroke="{}" stroke-width="{}" stroke-linecap="{}" d="{}"></path>',
        *(look, COLOURS[look], wide, "square" if look == SQUARE else "round", d),
    )


def width(look: str, count: int) -> int:
    if look == FAINT:
        return AROUND
    return next((wide for most, wide in SIZES if count <= most), SMALLEST)


def line(places: Sequence[tuple[int, int]]) -> str:
    """Each dot from the one before, without a space before a minus: half as long as telling where each one is."""
    moves = [places[0], *((x - left, y - above) for (left, above), (x, y) in pairwise(places))]
    return "".join(f"m{x}{'' if y < 0 else ' '}{y}h0" for x, y in moves)


def names(places: Sequence[Place], frame: Frame, taken: list[Box]) -> SafeString:
    """The first ones win; a name that finds no room above its place, below or on it is left out."""
    edge = Box(4, 4, WIDTH - 4, frame.height - 4)
    written: list[tuple[Any, ...]] = []
    for place in places:
        x, y = frame.at(place.easting, place.northing)
        half = len(place.name) * LETTER / 2
        if frame.holds(place.easting, place.northing):
            x = round(min(max(x, half + 8), WIDTH - 8 - half))
        for base in (y - 14, y + 14 + TEXT * 3 // 4, y + 9):  # above its place, below, or on it
            box = Box(x - half, base - TEXT * 0.8, x + half, base + TEXT * 0.25)
            if edge.holds(box) and not any(box.meets(other) for other in taken):
                taken.append(box)
                written.append((*NAMES[place.is_area], x, base, place.name))
                break
    return format_html(  # on a pale rim, so that dots do not run into them
        '<g text-anchor="middle" stroke="{}" stroke-width="5" stroke-linejoin="round" paint-order="stroke">{}</g>',
        LAND,
        format_html_join(
            "",
            '<text class="app-map__{}" fill="{}" font-weight="{}" font-style="{}" x="{}" y="{}">{}</text>',
            written[:LABELS],
        ),
    )


def scale(frame: Frame) -> SafeString:
    base, long = frame.height + 42, round(frame.bar * 1000 * frame.scale)
    return format_html(
        '<path class="app-map__line" fill="none" stroke="{}" stroke-width="3" '
        'd="M2 {}v12h{}v-12M{} {}v-32m-8 10l8-10 8 10"></path>'
        '<text x="{}" y="{}">{} km</text><text x="{}" y="{}">N</text>',
        *(INK, base - 12, long, WIDTH - 14, base, long + 14, base, frame.bar, WIDTH - 48, base),
    )


def legend(drawn: Drawn, pins: Sequence[Pin]) -> list[tuple[SafeString, str]]:
    """What is around comes last, although it is drawn first."""
    kinds = sorted((dots for dots, _ in drawn), key=lambda dots: dots.look == FAINT)
    return [(pin_swatch(), pin.name) for pin in pins] + [(swatch(dots), dots.name) for dots in kinds]


def swatch(dots: Dots) -> SafeString:
    return format_html(SWATCH, path(dots.look, 11 if dots.look == FAINT else 20, "M14 14h0"))


def pin_swatch() -> SafeString:
    return format_html(SWATCH, format_html('<g transform="translate(14 27) scale(.56)">{}</g>', PIN))


def description(frame: Frame, drawn: Drawn, pins: Sequence[Pin]) -> str:
    across, along = frame.kilometres
    kinds = [f"{WORDS[dots.look]}: {dots.name} ({len(points):,})." for dots, points in drawn]
    kinds += [f"Pin: {pin.name}." for pin in pins]
    return " ".join([f"A map of {across} by {along} kilometres with north at the top.", *kinds])


def missing(sheet: DotMap) -> list[str]:
    """What the map cannot show, in sentences."""
    one, many = sheet.noun
    if sheet.frame is None:
        return [f"The register does not say where these {many} are, so there is no map."]
    told = []
    if sheet.outside:
        lie = f"1 {one} lies" if sheet.outside == 1 else f"{sheet.outside} {many} lie"
        told.append(f"{lie} outside this map, as the register has it.")
    if sheet.unknown:
        are = f"1 {one} is" if sheet.unknown == 1 else f"{sheet.unknown} {many} are"
        told.append(f"{are} not on this map, as the register does not say where.")
    for pin in sheet.pins:
        if not sheet.is_shown(pin):
            why = "it lies outside, as the register has it" if known([pin[1:]]) else "the register does not say where"
            told.append(f"{pin.name} is not on this map: {why}.")
    return told

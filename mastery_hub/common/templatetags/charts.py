"""Charts as SVG made on the server: they print, need no script or inline style, and each brings its data as a table.

Labels stand above their bars, so that long ones fit and a phone's width leaves them readable.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify

register = template.Library()

PALETTE = ("#4a2a8a", "#c2185b", "#00796b", "#8a5200", "#505a5f")  # white figures on each reach 4.5 to 1
WIDTH = 360
BAR = 300  # units the longest bar takes, leaving room for its figure
ROW = 48
NARROWEST = 24  # a segment below this is too narrow for its figure; the table has it

Number = int | float
Pairs = Mapping[str, Number] | Sequence[tuple[str, Number]]


@register.inclusion_tag("components/chart.html")
def bar_chart(title: str, data: Pairs, *, note: str = "", head: str = "Number", level: int = 2) -> dict[str, Any]:
    """`{% bar_chart "Applications by state" totals note="Of 160 places" %}`; totals: a mapping or list of pairs."""
    pairs = list(data.items()) if isinstance(data, Mapping) else list(data)
    longest = max([value for _, value in pairs] + [1])
    marks = format_html_join(
        "",
        '<text x="0" y="{}">{}</text><rect x="0" y="{}" width="{}" height="20" fill="{}"></rect>'
        '<text x="{}" y="{}">{}</text>',
        (
            (y + 15, name, y + 22, length, PALETTE[0], length + 6, y + 37, value)
            for y, name, value, length in (
                (index * ROW, name, value, round(BAR * max(value, 0) / longest, 1))
                for index, (name, value) in enumerate(pairs)
            )
        ),
    )
    description = ", ".join(f"{name}: {value}" for name, value in pairs)
    rows = [(name, [value]) for name, value in pairs]
    return figure(title, note, level, marks, description, [head], rows)


@register.inclusion_tag("components/chart.html")
def stacked_chart(
    title: str, data: Sequence[tuple[str, Sequence[Number]]], series: Sequence[str], *, note: str = "", level: int = 2
) -> dict[str, Any]:
    """Each row of `data` is a name and one value for each of `series` (five at most)."""
    longest = max([sum(values) for _, values in data] + [1])
    marks = format_html_join(
        "",
        '<text x="0" y="{}">{}</text>{}',
        ((index * ROW + 15, name, segments(values, index * ROW, longest)) for index, (name, values) in enumerate(data)),
    )
    description = "; ".join(
        f"{name}: " + ", ".join(f"{each} {value}" for each, value in zip(series, values, strict=True))
        for name, values in data
    )
    legend = list(zip(series, PALETTE, strict=False))
    return figure(title, note, level, marks, description, series, data) | {"legend": legend}


def segments(values: Iterable[Number], y: int, longest: Number) -> SafeString:
    parts, x = [], 0.0
    for value, colour in zip(values, PALETTE, strict=False):
        width = round((WIDTH - 2) * value / longest, 1)
        figures = value if width >= NARROWEST else ""
        parts.append((round(x, 1), y + 22, width, colour, round(x + width / 2, 1), y + 37, figures))
        x += width
    return format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="20" fill="{}" stroke="#ffffff"></rect>'
        '<text x="{}" y="{}" text-anchor="middle" fill="#ffffff">{}</text>',
        parts,
    )


def figure(
    title: str,
    note: str,
    level: int,
    marks: SafeString,
    description: str,
    head: Sequence[str],
    rows: Sequence[tuple[str, Sequence[Number]]],
) -> dict[str, Any]:
    name = f"chart-{slugify(title)}"
    svg = format_html(
        '<svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="{name}-title {name}-description" '
        'font-size="14" focusable="false"><title id="{name}-title">{title}</title>'
        '<desc id="{name}-description">{description}</desc>{marks}</svg>',
        width=WIDTH,
        height=max(len(rows), 1) * ROW,
        name=name,
        title=title,
        description=description,
        marks=marks,
    )
    return {
        "id": name,
        "title": title,
        "note": note,
        "level": level,
        "svg": svg,
        "first": "",
        "head": head,
        "rows": rows,
        "legend": [],
    }

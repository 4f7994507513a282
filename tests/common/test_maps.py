from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from django.template import Context, Template

from mastery_hub.common.maps import DOT, FAINT, RING, SQUARE, DotMap, Dots, Frame, Pin, Place, Table, fence

HALIFAX = (409000, 425000)
NUMBERS = Table("Local authority", ["Schools"], [("Calder & Dale", [2])])


def sheet(*points: Any, **more: Any) -> DotMap:
    return DotMap("Schools", dots=[Dots("Schools of Great Sums", points)], table=NUMBERS, **more)


def render(drawn: DotMap) -> str:
    return Template("{% load maps %}{% dot_map drawn %}").render(Context({"drawn": drawn}))


def squeezed(html: str) -> str:
    return " ".join(html.split())


class Picture(HTMLParser):
    """The parts of the map itself, without the legend's: (tag, attributes) in order, and the words in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        svg = html.partition("<svg viewBox=")[2].partition("</svg>")[0]
        self.feed(f"<svg viewBox={svg}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def of(self, look: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.parts if attributes.get("class") == f"app-map__{look}"]


def test_map_draws_each_kind_as_one_path_of_dots_from_the_one_before():
    html = render(sheet((409000, 425000), (413000, 429000), (409000, 425000)))

    assert squeezed(html[html.index("<svg") : html.index("</svg>")]) == (
        '<svg viewBox="0 0 720 782" class="app-map" role="img" font-size="32" focusable="false" '
        'aria-labelledby="map-schools-title map-schools-description"><title id="map-schools-title">Schools</title>'
        '<desc id="map-schools-description">A map of 10 by 10 kilometres with north at the top. '
        "Dots: Schools of Great Sums (3).</desc>"
        '<rect class="app-map__land" fill="#fbfaf7" stroke="#c9bde0" stroke-width="2" x="1" y="1" width="718" '
        'height="718"></rect><path class="app-map__dot" fill="none" stroke="#4a2a8a" stroke-width="13" '
        'stroke-linecap="round" d="m505 215h0m-290 290h0"></path>'
        '<g text-anchor="middle" stroke="#fbfaf7" stroke-width="5" stroke-linejoin="round" paint-order="stroke"></g>'
        '<path class="app-map__line" fill="none" stroke="#0b0c0c" stroke-width="3" '
        'd="M2 750v12h145v-12M706 762v-32m-8 10l8-10 8 10"></path>'
        '<text x="159" y="762">2 km</text><text x="672" y="762">N</text>'
    )


def test_north_is_up_and_east_is_right():
    frame = Frame.around([(400000, 400000), (420000, 430000)])

    assert frame.at(400000, 430000) < frame.at(420000, 430000)
    assert frame.at(400000, 430000)[1] < frame.at(400000, 400000)[1]


def test_one_school_stands_in_the_middle_of_a_place():
    html = render(sheet(HALIFAX))

    assert Picture(html).of("dot")[0]["d"] == "m360 360h0"
    assert "A map of 10 by 10 kilometres" in html


@pytest.mark.parametrize(
    ("points", "height"), [([(0, 0), (9, 1)], 480), ([(0, 0), (1, 9)], 800), ([(0, 0), (9, 9)], 720)]
)
def test_map_is_never_flat_nor_endless(points, height):
    tens = [(400000 + 10000 * x, 400000 + 10000 * y) for x, y in points]

    frame = Frame.around(tens)

    assert frame.height == height
    assert all(frame.holds(*point) for point in tens)


def test_a_school_far_out_is_left_out_and_told_of():
    near = [(400000 + n * 1000, 400000 + n * 500) for n in range(8)]

    with_slip = sheet(*near, (4000, 400000))
    with_two = sheet(*near, (4000, 400000), (400000, 4000))

    assert with_slip.frame == Frame.around(near)
    assert (with_slip.outside, with_two.outside) == (1, 2)
    assert "1 school lies outside this map, as the register has it." in render(with_slip)
    assert "2 schools lie outside this map, as the register has it." in render(with_two)
    assert "outside this map" not in render(sheet(*near))


def test_scilly_is_far_and_yet_no_slip():
    cornwall = [(150000 + n * 5000, 30000 + n * 4000) for n in range(20)]

    assert sheet(*cornwall, (90300, 10500)).outside == 0


def test_fence_believes_a_few_points_whatever_they_are():
    assert fence([1, 2, 900000]) == (float("-inf"), float("inf"))
    assert fence([100000, 101000, 102000, 103000]) == (100750 - 50000, 102250 + 50000)
    assert fence([0, 100000, 200000, 300000]) == (75000 - 450000, 225000 + 450000)


@pytest.mark.parametrize("nowhere", [(None, None), (0, 0), (409000, None)])
def test_schools_without_coordinates_are_told_of(nowhere):
    html = render(sheet(HALIFAX, nowhere))

    assert "1 school is not on this map, as the register does not say where." in html
    assert Picture(html).of("dot")[0]["d"] == "m360 360h0"
    assert "2 schools are not on this map" in render(sheet(HALIFAX, nowhere, nowhere))


def test_without_any_coordinates_there_are_words_and_the_table():
    html = render(sheet((None, None), pins=[Pin("Oak Hill", None, None)], places=[Place("Halifax", *HALIFAX)]))

    assert "<svg" not in html
    assert "The register does not say where these schools are, so there is no map." in html
    assert '<th scope="row" class="govuk-table__header">Calder &amp; Dale</th>' in html


def test_what_is_around_is_clipped_and_moves_nothing():
    drawn = replace(
        sheet(HALIFAX),
        dots=[*sheet(HALIFAX).dots, Dots("Neighbours", [(410000, 425000), (600000, 0), (600000, 100000)], FAINT)],
    )

    assert drawn.frame == sheet(HALIFAX).frame
    assert (drawn.outside, drawn.unknown) == (0, 0)
    assert Picture(render(drawn)).of("faint")[0]["d"] == "m432 360h0"
    assert "Small grey dots: Neighbours (1)." in render(drawn)


def test_kinds_differ_in_shape_and_the_legend_shows_it():
    drawn = replace(sheet(), dots=[Dots(look.title(), [HALIFAX], look) for look in (FAINT, SQUARE, RING, DOT)])

    html = squeezed(render(drawn))

    assert [len(Picture(html).of(look)) for look in (DOT, SQUARE, RING, "hole", FAINT)] == [1, 1, 1, 1, 1]
    legend = html[html.index("app-chart__legend") :]
    assert [look for look in ("Square", "Ring", "Dot", "Faint") if f"</svg> {look}</li>" in legend] == [
        "Square", "Ring", "Dot", "Faint",
    ]  # fmt: skip
    assert legend.index("Dot</li>") < legend.index("Faint</li>")


def test_pin_stands_on_its_school_and_in_the_legend():
    html = squeezed(render(sheet(HALIFAX, pins=[Pin("Oak <Hill>", *HALIFAX)])))

    assert '<g transform="translate(360 360)"><path class="app-map__pin"' in html
    assert "</svg> Oak &lt;Hill&gt;</li>" in html
    assert "Pin: Oak &lt;Hill&gt;." in html


def test_pin_that_cannot_be_shown_is_told_of():
    near = [(400000 + n * 1000, 400000 + n * 500) for n in range(8)]

    lost, slipped = (render(sheet(*near, pins=[Pin("Oak Hill", *at)])) for at in ((None, None), (4000, 400000)))

    assert "Oak Hill is not on this map: the register does not say where." in lost
    assert "Oak Hill is not on this map: it lies outside, as the register has it." in slipped
    assert "app-map__pin" not in lost + slipped


def test_names_find_room_beside_each_other_or_are_left_out():
    towns = [Place(name, *HALIFAX) for name in ("Halifax", "Elland", "Sowerby", "Todmorden")]
    far = Place("Penzance", 147000, 30000)
    neighbour = Place("Next <Door>", 412000, 427000, is_area=True)

    html = render(sheet(HALIFAX, (413000, 429000), places=[*towns, far, neighbour]))

    assert [word for word in Picture(html).words if word not in ("2 km", "N", "Schools")][1:] == [
        "Halifax", "Elland", "Next <Door>",
    ]  # fmt: skip
    assert [name["y"] for name in Picture(html).of("place")] == ["491", "543"]
    assert "Next &lt;Door&gt;</text>" in html


def test_names_keep_clear_of_the_pin_and_of_the_rim():
    html = render(
        sheet(HALIFAX, (413000, 429000), pins=[Pin("Oak Hill", *HALIFAX)], places=[Place("Halifax", *HALIFAX)])
    )

    assert [name["y"] for name in Picture(html).of("place")] == ["543"]  # below, as the pin is above

    west = render(sheet(HALIFAX, (413000, 429000), places=[Place("Hebden Bridge", 406300, 425000)]))
    [name] = Picture(west).of("place")
    assert int(str(name["x"])) - 13 * 16.5 / 2 >= 4


def test_1500_schools_weigh_little():
    spread = [(400000 + 37 * n % 60000, 400000 + 53 * n % 40000) for n in range(1500)]

    html = render(sheet(*spread))

    assert len(html) < 16_000
    assert "Great Sums (1,500)." in html


def test_maps_need_no_inline_style():
    assert " style=" not in render(
        sheet(HALIFAX, pins=[Pin("Oak Hill", *HALIFAX)], places=[Place("Halifax", *HALIFAX)])
    )

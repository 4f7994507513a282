from collections import Counter
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from mastery_hub.common.models import PageBlock
from mastery_hub.directory.models import HubArea, HubPageBlock, LocalAuthority, MathsHub, Region

pytestmark = pytest.mark.django_db
NEIGHBOURS = MathsHub.neighbours.through


def test_load_brings_nine_regions_all_authorities_and_forty_hubs(directory):
    assert Region.objects.count() == 9
    assert LocalAuthority.objects.current().count() == 153
    assert set(LocalAuthority.objects.exclude(abolished_on=None).values_list("code", flat=True)) == {
        820, 835, 836, 837, 875, 909, 928,
    }  # fmt: skip
    assert MathsHub.objects.count() == 40
    assert Region.objects.filter(hubs=None).count() == 0


@pytest.mark.parametrize(
    ("code", "name", "region"),
    [
        (201, "City of London", "London"),
        (330, "Birmingham", "West Midlands"),
        (420, "Isles of Scilly", "South West"),
        (815, "North Yorkshire", "Yorkshire and the Humber"),
        (825, "Buckinghamshire", "South East"),
        (838, "Dorset", "South West"),
        (839, "Bournemouth, Christchurch and Poole", "South West"),
        (933, "Somerset", "South West"),
        (940, "North Northamptonshire", "East Midlands"),
        (941, "West Northamptonshire", "East Midlands"),
        (942, "Cumberland", "North West"),
        (943, "Westmorland and Furness", "North West"),
    ],
)
def test_load_files_an_authority_under_its_code(directory, code, name, region):
    authority = LocalAuthority.objects.select_related("region").get(code=code)

    assert (authority.name, authority.region.name) == (name, region)


def test_every_authority_has_one_hub_or_is_split_by_districts(directory):
    whole = Counter(HubArea.objects.filter(district="").values_list("authority", flat=True))
    districts = Counter(HubArea.objects.exclude(district="").values_list("authority__name", "district"))

    uncovered = LocalAuthority.objects.exclude(code__in=whole)
    assert set(whole.values()) == {1}
    assert set(districts.values()) == {1}
    assert [(a.name, a.hub_areas.count()) for a in uncovered] == [("Northamptonshire", 2)]
    assert MathsHub.objects.filter(areas=None).count() == 0


def test_neighbours_are_symmetrical_and_no_hub_lacks_one(directory):
    pairs = set(NEIGHBOURS.objects.values_list("from_mathshub", "to_mathshub"))

    assert {(b, a) for a, b in pairs} == pairs
    assert {a for a, _ in pairs} == set(MathsHub.objects.values_list("pk", flat=True))
    assert not any(a == b for a, b in pairs)


def test_every_hub_has_a_text_of_each_kind_with_its_own_name(directory):
    assert HubPageBlock.objects.count() == 40 * len(PageBlock.Kind)
    assert HubPageBlock.objects.filter(body__contains="{").count() == 0
    assert HubPageBlock.objects.filter(body__contains="GLOW Maths Hub").values_list("hub__slug").distinct().count() == 1


def test_what_is_uncertain_says_so(directory):
    inferred = MathsHub.objects.filter(areas__certain=False).distinct()

    assert inferred.filter(certainty="").count() == 0
    assert MathsHub.objects.filter(lead_schools="").exclude(certainty__contains="lead school is not known").count() == 0


def test_load_again_changes_nothing_that_was_edited(directory):
    hub = MathsHub.objects.get(slug="sussex")
    hub.neighbours.clear()
    hub.blocks.filter(kind="why").update(body="Ours")
    hub.blocks.filter(kind="what").delete()
    hub.areas.filter(authority=846).update(until_on=date(2027, 9, 1))
    MathsHub.objects.filter(pk=hub.pk).update(name="South Downs", email="info@downs.example")
    LocalAuthority.objects.filter(code=938).update(name="Sussex, West")
    out = StringIO()

    call_command("load_directory", stdout=out)

    hub.refresh_from_db()
    assert [line.split(maxsplit=1) for line in out.getvalue().splitlines()] == [
        ["0", "authorities added"],
        ["0", "hubs added"],
        ["0", "areas added"],
        ["0", "neighbours added"],
        ["1", "page blocks added"],
    ]
    assert (hub.name, hub.email, hub.neighbours.count()) == ("South Downs", "info@downs.example", 0)
    assert hub.blocks.get(kind="why").body == "Ours"
    assert hub.areas.filter(until_on=None).count() == 2


def test_load_brings_a_missing_hub_back_with_area_and_neighbours(directory):
    hub = MathsHub.objects.get(slug="sussex")
    neighbours = set(hub.neighbours.values_list("slug", flat=True))
    hub.areas.all().delete()
    hub.delete()

    call_command("load_directory", stdout=StringIO())

    hub = MathsHub.objects.get(slug="sussex")
    assert set(hub.neighbours.values_list("slug", flat=True)) == neighbours
    assert set(hub.areas.values_list("authority", flat=True)) == {845, 846, 938}

"""Who applied, as two of three applicants tell afterwards, leaving out what they like."""

from collections.abc import Mapping
from random import Random

from applications.enums import AgeGroup, Disability, Ethnicity, Sex
from applications.models import Application
from applications.services.equality import equality_save

LIKELY: Mapping[str, Mapping[str, int]] = {
    "age_group": {AgeGroup.UNDER_30: 4, AgeGroup.FROM_30: 6, AgeGroup.FROM_40: 5, AgeGroup.FROM_50: 2},
    "sex": {Sex.FEMALE: 12, Sex.MALE: 5, Sex.UNSAID: 1},
    "ethnicity": {
        Ethnicity.WHITE: 12, Ethnicity.ASIAN: 3, Ethnicity.BLACK: 2, Ethnicity.MIXED: 1, Ethnicity.OTHER: 1,
    },
    "disability": {Disability.NO: 14, Disability.YES: 2, Disability.UNSAID: 1},
}  # fmt: skip


def equality_make(draw: Random) -> None:
    for application in (
        Application.objects.filter(submitted_at__isnull=False).select_related("applicant").order_by("pk")
    ):
        if draw.random() < 2 / 3:
            told = {name: draw.choices(list(likely), list(likely.values()))[0] for name, likely in LIKELY.items()}
            equality_save(application=application, by=application.applicant, answers=told)

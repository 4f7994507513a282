"""Codes of the schools register (GIAS), compared as integers because copies pad them with zeros."""

from django.db import models


class EstablishmentStatus(models.IntegerChoices):
    OPEN = 1, "Open"
    CLOSED = 2, "Closed"
    CLOSING = 3, "Open, but proposed to close"
    PROPOSED = 4, "Proposed to open"


OPEN_STATUSES = frozenset({EstablishmentStatus.OPEN, EstablishmentStatus.CLOSING})


class PhaseOfEducation(models.IntegerChoices):
    NOT_APPLICABLE = 0, "Not applicable"
    NURSERY = 1, "Nursery"
    PRIMARY = 2, "Primary"
    MIDDLE_PRIMARY = 3, "Middle deemed primary"
    SECONDARY = 4, "Secondary"
    MIDDLE_SECONDARY = 5, "Middle deemed secondary"
    SIXTEEN_PLUS = 6, "16 plus"
    ALL_THROUGH = 7, "All-through"


# Type groups. The register's end at 99; the two beyond are for schools that it does not hold, by the word of whoever
# typed them in.
TOLD_STATE_FUNDED, TOLD_INDEPENDENT = 1001, 1002
STATE_FUNDED_GROUPS = frozenset({4, 5, 10, 11, TOLD_STATE_FUNDED})  # LA maintained, special, academies, free schools

LARGEST_URN = 999_999  # the register's numbers have six digits; what lies beyond is ours to give
FIRST_UNLISTED_NUMBER = 10_000_000


class LinkKind(models.TextChoices):
    """How the later school followed the earlier one."""

    SUCCESSOR = "successor", "became"
    AMALGAMATED = "amalgamated", "was amalgamated into"
    MERGED = "merged", "was merged into"
    SPLIT = "split", "was split, in part into"


class ImportKind(models.TextChoices):
    SCHOOLS = "schools", "Schools"
    LINKS = "links", "Links between schools"


class ImportStatus(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
    FAILED = "failed", "Failed"


UNFINISHED = frozenset({ImportStatus.WAITING, ImportStatus.RUNNING})

"""What a search for a school answers: on a page, under a field and in the list that appears while somebody types."""

from dataclasses import dataclass, field

from mastery_hub.directory.models import School

MOST_ALIKE = 10  # a guess needs no second page


@dataclass(frozen=True)
class Found:
    """`alike`: no school had all that was typed, and these have something like it."""

    schools: list[School] = field(default_factory=list)
    alike: bool = False

    @property
    def open(self) -> list[School]:
        return [school for school in self.schools if school.is_open]

    @property
    def closed(self) -> list[School]:
        return [school for school in self.schools if not school.is_open]


def schools_found(text: str, limit: int) -> Found:
    """At most so many schools, the open ones first. One query where something has all the words, else three."""
    if exact := list(School.objects.search(text)[:limit]):
        return Found(exact)
    return Found(School.objects.like(text, min(limit, MOST_ALIKE)), alike=True)

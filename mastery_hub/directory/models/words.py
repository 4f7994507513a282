"""Every word that schools' names and towns are made of: what a misspelt one is compared with.

There are few thousand of them beside 50,000 schools. The database keeps them right by itself: whoever writes schools,
by whatever way, a trigger counts their words.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from math import log10
from typing import NamedTuple

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import TrigramSimilarity
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Log

from mastery_hub.directory.enums import LARGEST_URN

SHORTEST = 3  # shorter words are like too many
CANDIDATES = 20  # of each word, by trigrams: they tell quickly what to compare closely
ALIKE = 0.65
KEPT = 2
COMMON = 5  # a word of a hundred thousand schools would be twice as likely as one of a single school, spelt as like
LIKELIHOOD_BESIDE_ITSELF = 0.9  # what is typed may be right
MANY = 100_000  # schools, more than any word has
UNKNOWN_WEIGHT = 2.5  # of a word that is like none: as much as one of three hundred schools

COUNTED = """
    INSERT INTO directory_schoolword AS known (word, schools)
    SELECT word, sum(schools)
    FROM ({rows}) AS told (search, schools)
    CROSS JOIN LATERAL (
        SELECT DISTINCT word FROM string_to_table(told.search, ' ') AS word WHERE word ~ '^[a-z]{{3,}}$'
    ) AS its
    GROUP BY word HAVING sum(schools) <> 0 ORDER BY word
    ON CONFLICT (word) DO UPDATE SET schools = known.schools + excluded.schools;
    RETURN NULL;
"""
LISTED = f"urn <= {LARGEST_URN}"  # what somebody typed in is no word of the register
ADDED = COUNTED.format(rows=f"SELECT search, 1 FROM added WHERE {LISTED}")
CHANGED = COUNTED.format(
    rows=f"""
        SELECT search, -1 FROM (SELECT urn, search FROM before EXCEPT SELECT urn, search FROM after) AS gone
        WHERE {LISTED}
        UNION ALL
        SELECT search, 1 FROM (SELECT urn, search FROM after EXCEPT SELECT urn, search FROM before) AS come
        WHERE {LISTED}
    """
)


class Near(NamedTuple):
    """A word of the register that may be meant by a typed one; `begins` it where half of it was typed, or all."""

    word: str
    likelihood: float
    schools: int
    begins: bool = False

    @property
    def pattern(self) -> str:
        return f" {self.word}" if self.begins else f" {self.word} "


@dataclass(frozen=True)
class Meant:
    """What one typed word may mean, the likeliest first. It weighs the more, the fewer schools have such words."""

    nears: Sequence[Near]

    @property
    def schools(self) -> int:
        return sum(near.schools for near in self.nears)

    @property
    def weight(self) -> float:
        return log10(MANY / max(self.nears[0].schools, 1)) if self.nears else UNKNOWN_WEIGHT


class SchoolWordQuerySet(models.QuerySet["SchoolWord"]):
    def meant(self, typed: Sequence[str]) -> list[Meant]:
        """By each of these, in one query for all of them. Short words and numbers mean themselves."""
        queries = {word: self.meant_by(word) for word in typed if len(word) >= SHORTEST and word.isalpha()}
        found: dict[str, list[tuple[str, int]]] = {word: [] for word in queries}
        if queries:
            first, *others = queries.values()
            for of, word, schools in first.union(*others, all=True):
                found[of].append((word, schools))
        itself = {word: Meant([Near(word, 1, 1, begins=True)]) for word in typed if word not in found}
        return [itself[word] if word in itself else Meant(_nearest(word, found[word])) for word in typed]

    def meant_by(self, typed: str) -> models.QuerySet:
        """Rows of typed, word and schools: what trigrams can tell of it."""
        alike = self.filter(Q(word__trigram_similar=typed) | Q(word__startswith=typed), schools__gt=0)
        likeliest = (TrigramSimilarity("word", typed) * (1 + Log(10, "schools") / COMMON)).desc()
        closest = alike.annotate(typed=Value(typed)).order_by(likeliest, "word")
        return closest.values_list("typed", "word", "schools")[:CANDIDATES]


def _nearest(typed: str, candidates: Collection[tuple[str, int]]) -> list[Near]:
    """What is spelt most like it, where a word of many schools is likelier meant than one of few."""
    matcher = SequenceMatcher(None, b=typed, autojunk=False)
    others = []
    for word, schools in candidates:
        matcher.set_seq1(word)
        if not word.startswith(typed) and matcher.quick_ratio() >= ALIKE and (likeness := matcher.ratio()) >= ALIKE:
            others.append(Near(word, likeness * (1 + log10(schools) / COMMON), schools))
    others.sort(key=lambda near: near.likelihood, reverse=True)
    begun = sum(schools for word, schools in candidates if word.startswith(typed))
    itself = [Near(typed, 1, begun, begins=True)] if begun else []
    best = others[0].likelihood / (LIKELIHOOD_BESIDE_ITSELF if itself else 1) if others else 1
    return itself + [near._replace(likelihood=near.likelihood / best) for near in others[:KEPT]]


class SchoolWord(models.Model):
    word = models.CharField(max_length=200, primary_key=True)
    schools = models.IntegerField(help_text="How many have it in their name or town")

    objects = SchoolWordQuerySet.as_manager()

    class Meta:
        indexes = [GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="school_word_trigram", fastupdate=False)]

    def __str__(self) -> str:
        return self.word

"""The lists that NCETM writes for a round, each with its form, its services and its words: one set of pages serves all
(`versions.py`)."""

from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Count, Q
from django.http import Http404
from django.urls import reverse
from django.utils.text import capfirst

from applications.enums import AnnouncementKind, Importance, Shown, State
from applications.forms.eligibility import EligibilityQuestionForm
from applications.forms.terms import CommitmentForm, CriterionForm, PartForm, QuestionForm
from applications.models import Answer, Application, Criterion, EligibilityQuestion, Question, Round
from applications.presenters.national import being_told
from applications.services import terms as services
from applications.services.commitments import round_commitments_put_in_force
from applications.set_up import count
from applications.terms import terms_problems
from cohorts import services as commitments
from cohorts.enums import Whose
from cohorts.models import Commitment, CommitmentSet
from cohorts.versions import Change, parts, version_changes
from mastery_hub.accounts.models import User
from mastery_hub.common.models import Version, VersionPart

TAGS = {Importance.ESSENTIAL.value: "blue", Importance.DESIRABLE.value: "grey"}


class Desk:
    """`name` begins the names of its routes."""

    name: ClassVar[str]
    noun: ClassVar[str]
    model: ClassVar[type[VersionPart]]
    form_class: ClassVar[type[PartForm]]
    in_force: Any  # versions, or None
    working: Any

    def __init__(self, round: Round, **place: Any) -> None:
        self.round, self.place = round, place

    @property
    def title(self) -> str:
        return capfirst(str(self.model._meta.verbose_name_plural))

    def href(self, page: str = "", **more: Any) -> str:
        name = f"national_{self.name}{f'_{page}' if page else ''}"
        return reverse(name, kwargs={"code": self.round.code, **self.place, **more})

    @property
    def a_noun(self) -> str:
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"

    @property
    def version_href(self) -> str:
        return self.href("version")

    @cached_property
    def shown(self) -> Any:
        """What is edited: the working copy, where there is one."""
        return self.working or self.in_force

    @cached_property
    def parts(self) -> list[VersionPart]:
        return list(parts(self.model, self.shown)) if self.shown else []

    def part(self, key: str) -> VersionPart | None:
        return next((part for part in self.parts if part.key == key), None)

    @cached_property
    def relied_upon(self) -> bool:
        return bool(self.in_force and self.in_force.is_relied_upon)

    @property
    def standing(self) -> str:
        """Whom a change touches, and when."""
        if self.working:
            before = self.working.version - 1
            return (
                f"You are writing version {self.working.version}. Version {before} applies until you put it in force."
            )
        if self.relied_upon:
            version = self.in_force.version
            waits = f"A change makes version {version + 1}, which applies to nobody until you put it in force."
            return f"{self.relying} version {version}. {waits}"
        return f"{self.nobody} What you change applies at once."

    relying: str
    nobody: str

    @property
    def changes(self) -> list[Change]:
        return version_changes(self.in_force, self.working) if self.in_force and self.working else []

    @property
    def problems(self) -> list[str]:
        return []

    def form_kwargs(self) -> dict[str, Any]:
        return {}

    def row(self, part: VersionPart) -> dict[str, Any]:
        """`facts` are said under the words of the row, `tag` and `colour` beside them."""
        return {"part": part, "facts": [], "tag": "", "colour": ""}

    def touched(self) -> list[str]:
        """What putting the working copy in force does to whom, in sentences."""
        raise NotImplementedError

    def being_told(self) -> str:
        """What is said once it is in force; empty where nobody is written to."""
        return ""

    def earlier(self) -> list[Version]:
        """The versions that came into force, latest first."""
        raise NotImplementedError

    def save(self, *, by: User, key: str, seen: str, values: dict[str, Any]) -> None:
        raise NotImplementedError

    def move(self, *, by: User, key: str, up: bool, seen: str) -> None:
        raise NotImplementedError

    def remove(self, *, by: User, key: str, seen: str) -> None:
        raise NotImplementedError

    def put_in_force(self, *, by: User, seen: str) -> Version:
        raise NotImplementedError

    def discard(self, *, by: User, seen: str) -> None:
        raise NotImplementedError


class TermsDesk(Desk):
    """Criteria and questions have their versions in common."""

    nobody = "Nobody has begun an application."

    @cached_property
    def in_force(self) -> Any:
        return self.round.current_terms

    @cached_property
    def working(self) -> Any:
        return self.round.working_terms

    @property
    def version_href(self) -> str:
        return reverse("national_terms_version", kwargs={"code": self.round.code})

    @property
    def relying(self) -> str:
        number = Application.objects.filter(terms=self.in_force).count()
        return f"{count(number, 'application')} {'relies' if number == 1 else 'rely'} on"

    @cached_property
    def problems(self) -> list[str]:
        return terms_problems(self.shown) if self.shown else terms_problems_of_none()

    def touched(self) -> list[str]:
        found = Application.objects.filter(round=self.round).aggregate(
            drafts=Count("pk", filter=Q(state=State.DRAFT)), submitted=Count("pk", filter=Q(submitted_at__isnull=False))
        )
        drafts, submitted = found["drafts"], found["submitted"]
        keys = set(Question.objects.filter(terms=self.working).values_list("key", flat=True))
        lost = Answer.objects.filter(application__round=self.round, application__state=State.DRAFT).exclude(text="")
        lost = lost.filter(question__terms=self.in_force).exclude(question__key__in=keys)
        sentences = [
            f"{count(drafts, 'draft')} {'moves' if drafts == 1 else 'move'} to it. "
            "Each applicant gets an email that says what has changed."
            if drafts
            else "No draft is touched.",
            f"{count(submitted, 'submitted application')} {'keeps its' if submitted == 1 else 'keep their'} version."
            if submitted
            else "Nobody has submitted yet.",
        ]
        if number := lost.count():
            sentences.append(f"{count(number, 'answer')} no longer asked for: kept for the applicant to copy.")
        return sentences

    def being_told(self) -> str:
        return f" {being_told(self.round, AnnouncementKind.TERMS_CHANGED)}"

    def earlier(self) -> list[Version]:
        return list(self.round.terms.in_force().order_by("-version"))

    def save(self, *, by: User, key: str, seen: str, values: dict[str, Any]) -> None:
        services.terms_part_save(model=self.model, round=self.round, by=by, key=key, seen=seen, values=values)

    def move(self, *, by: User, key: str, up: bool, seen: str) -> None:
        services.terms_part_move(model=self.model, round=self.round, by=by, key=key, up=up, seen=seen)

    def remove(self, *, by: User, key: str, seen: str) -> None:
        services.terms_part_remove(model=self.model, round=self.round, by=by, key=key, seen=seen)

    def put_in_force(self, *, by: User, seen: str) -> Version:
        return services.terms_put_in_force(round=self.round, by=by, seen=seen)

    def discard(self, *, by: User, seen: str) -> None:
        services.terms_discard(round=self.round, by=by, seen=seen)


def terms_problems_of_none() -> list[str]:
    return ["Add at least one essential criterion", "Add at least one question"]


class CriteriaDesk(TermsDesk):
    name, noun, model, form_class = "criteria", "criterion", Criterion, CriterionForm

    def row(self, part: Any) -> dict[str, Any]:
        facts = [part.get_shown_display()]
        if part.declaration:
            facts.append(f"“{part.declaration}”")
        if part.shown == Shown.EVIDENCED:
            served = [str(question.order) for question in part.questions.all()]
            facts.append(f"Question {' and '.join(served)}" if served else "No question yet")
            facts.append(f"Weight {part.weight}")
        if part.allows_document:
            facts.append("A document may be uploaded")
        return super().row(part) | {
            "facts": facts,
            "tag": part.get_importance_display(),
            "colour": TAGS[part.importance],
        }

    @cached_property
    def parts(self) -> list[Any]:
        if self.shown is None:
            return []
        return list(Criterion.objects.filter(terms=self.shown).prefetch_related("questions"))


class QuestionsDesk(TermsDesk):
    name, noun, model, form_class = "questions", "question", Question, QuestionForm
    title = "Questions in writing"

    def row(self, part: Any) -> dict[str, Any]:
        served = ", ".join(f"“{criterion}”" for criterion in part.criteria.all())
        facts = [f"{part.word_limit} words", f"Scored for: {served}" if served else "Scored for nothing yet"]
        return super().row(part) | {"facts": facts}

    def form_kwargs(self) -> dict[str, Any]:
        evidenced = Criterion.objects.filter(terms=self.shown, shown=Shown.EVIDENCED) if self.shown else []
        return {"criteria": [(criterion.key, criterion.text) for criterion in evidenced]}


class EligibilityDesk(TermsDesk):
    name, noun, model, form_class = "eligibility", "eligibility question", EligibilityQuestion, EligibilityQuestionForm

    def row(self, part: Any) -> dict[str, Any]:
        return super().row(part) | {
            "facts": [f"Met by: {part.in_words}", f"Who does not meet it reads: “{part.not_met}”"],
            "tag": part.get_importance_display(),
            "colour": "blue" if part.is_essential else "grey",
        }


class CommitmentsDesk(Desk):
    name, noun, model, form_class = "commitment", "commitment", Commitment, CommitmentForm
    nobody = "Nobody has signed these."

    def __init__(self, round: Round, *, whose: str) -> None:
        super().__init__(round, whose=whose)
        if whose not in Whose.values:
            raise Http404
        self.whose = Whose(whose)
        self.sets = CommitmentSet.objects.filter(cohort=round.cohort_id, whose=whose).order_by("-version")

    @property
    def title(self) -> str:
        return f"{self.whose.label} commitments"

    @cached_property
    def in_force(self) -> Any:
        return self.sets.in_force().first()

    @cached_property
    def working(self) -> Any:
        return self.sets.working().first()

    @property
    def signed(self) -> int:
        return self.in_force.pledges.count() if self.in_force else 0

    @property
    def relying(self) -> str:
        return f"{'1 person has' if self.signed == 1 else f'{self.signed:,} people have'} signed"

    @property
    def problems(self) -> list[str]:
        return [] if self.parts else ["Add at least one commitment"]

    def touched(self) -> list[str]:
        many = f"{self.signed:,} people who have signed keep what they signed."
        one = "1 person who has signed keeps what they signed."
        return [one if self.signed == 1 else many, "Whoever signs from then on signs the new words."]

    def earlier(self) -> list[Version]:
        return list(self.sets.in_force())

    def save(self, *, by: User, key: str, seen: str, values: dict[str, Any]) -> None:
        commitments.commitment_save(cohort=self.round.cohort, whose=self.whose, by=by, key=key, seen=seen, **values)

    def move(self, *, by: User, key: str, up: bool, seen: str) -> None:
        commitments.commitment_move(cohort=self.round.cohort, whose=self.whose, by=by, key=key, up=up, seen=seen)

    def remove(self, *, by: User, key: str, seen: str) -> None:
        commitments.commitment_remove(cohort=self.round.cohort, whose=self.whose, by=by, key=key, seen=seen)

    def put_in_force(self, *, by: User, seen: str) -> Version:
        return round_commitments_put_in_force(round=self.round, whose=self.whose, by=by, seen=seen)

    def discard(self, *, by: User, seen: str) -> None:
        commitments.commitments_discard(cohort=self.round.cohort, whose=self.whose, by=by, seen=seen)

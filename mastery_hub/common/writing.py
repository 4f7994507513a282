"""What one person may write in two windows at once: no page ever overwrites silently what it has not shown (rule 8).

A long text is a row of its own, and saves itself while it is written:

    class Answer(Written): ...                                  # text, mark, saved_at

    answer.write(text, page=form.page, at=clock.now())          # in the service, under the lock of the row that owns it

    class AnswerForm(WritingForm):                              # brings the hidden `seen` and the script autosave.js
        text = WordsField(…)
        autosave_key = "MS-7K3Q-XM question 1"                  # a text of its own in the browser: set it in `__init__`

    class AnswerView(AutosaveMixin, FormView):
        def keep(self, form): return answer_save(…, page=form.page)         # returns the row; the script asks it too

Every save has a mark. A page sends the marks it knows: of the text it was filled from and of all it sent itself, even
when no answer came back, so that a broken network is never taken for a second window. Short fields that lie in several
rows are compared as a whole: the page carries their `fingerprint`.

The script sends the form to the form's own address, asking for JSON; the same rule answers, in the same words.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import pgtrigger
from django import forms
from django.db import models
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse, JsonResponse

from mastery_hub.common import clock
from mastery_hub.common.access import wants_json
from mastery_hub.common.errors import DomainError
from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.helper import FormHelper
from mastery_hub.common.templatetags.moments import hour, moment

MARK = re.compile(r"[0-9A-Za-z_-]{8,32}")
ELSEWHERE = "in another window or on another device"


def mark_new() -> str:
    return secrets.token_urlsafe(9)


@dataclass(frozen=True)
class Seen:
    """The marks that a page knows, and the one that its save shall have."""

    marks: frozenset[str] = frozenset()
    mark: str = field(default_factory=mark_new)
    first: str = ""  # of the text that the page was filled from

    @classmethod
    def told(cls, seen: str, mark: str) -> Self:
        given, known = {"mark": mark} if MARK.fullmatch(mark) else {}, MARK.findall(seen)
        return cls(frozenset(known), first=known[0] if known else "", **given)

    def goes_on_from(self, mark: str) -> bool:
        """The save of this mark was the page's own."""
        return mark in self.marks and mark != self.first


# What a page found when it was opened, what somebody else wrote, what `Written.write` keeps of a sitting, and whatever
# changes but by it
KEPT = pgtrigger.Condition("OLD.* IS DISTINCT FROM NEW.* AND (OLD.sitting <> NEW.sitting OR OLD.mark = NEW.mark)")


def taken_away(old: str, new: str) -> int:
    """How many characters of the old text lie where it was changed, between what both begin and what both end with."""
    if old in new:
        return 0
    start = _same_at_start(old, new)
    return len(old) - start - _same_at_start(old[start:][::-1], new[start:][::-1])


def _same_at_start(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


class ChangedElsewhereError(DomainError):
    """`stored` is what is saved now, by the name of the form's field; `mark` what a page knows that has shown it."""

    def __init__(self, what: str, *, stored: Mapping[str, Any], mark: str, at: datetime | None = None) -> None:
        super().__init__(f"{what} changed {ELSEWHERE}. Compare both, then save again", code="changed-elsewhere")
        self.stored, self.mark, self.at = stored, mark, at


class Written(models.Model):
    """A long text, and the mark of the save that wrote it. `sitting` stays while one page saves it again and again: to
    be tracked with KEPT, so that each page that is opened leaves one row of history, and not each pause in typing.

    `lost` counts the characters taken away since a row was left: with more than a quarter of the text, a new sitting
    begins, be they cut at once or bit by bit, or another text put in their place."""

    what = "Your answer was"

    text = models.TextField(blank=True)
    mark = models.CharField(max_length=32, default=mark_new, editable=False)
    sitting = models.CharField(max_length=32, default=mark_new, editable=False)
    lost = models.PositiveIntegerField(default=0, editable=False)
    saved_at = models.DateTimeField(default=clock.now)

    class Meta:
        abstract = True

    def write(self, text: str, *, page: Seen | None, at: datetime) -> None:
        """Saves `text`, unless it is there already. Without a page, whoever calls answers for what is overwritten.

        Raises ChangedElsewhereError when somebody has written meanwhile what the page has not shown."""
        if self.text == text:
            return
        if page and self.text.strip() and self.mark not in page.marks:
            raise ChangedElsewhereError(self.what, stored={"text": self.text}, mark=self.mark, at=self.saved_at)
        self.lost += taken_away(self.text, text)
        if not (page and page.goes_on_from(self.mark)) or self.lost * 4 > len(self.text):
            self.sitting, self.lost = mark_new(), 0
        self.text, self.mark, self.saved_at = text, page.mark if page else mark_new(), at
        self.save()


def fingerprint(values: Mapping[str, Any]) -> str:
    """What a page was filled from, where that is many short values; an empty one is the same as none."""
    plain = json.dumps(sorted((str(name), str(value)) for name, value in values.items() if value))
    return hashlib.sha256(plain.encode()).hexdigest()[:32]


def unseen_refused(what: str, *, seen: str | None, stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Raises ChangedElsewhereError when a page would overwrite values that it was not filled from; `seen` is None for
    callers that are no page."""
    differ = {name: stored[name] for name in wanted if wanted[name] != stored[name]}
    now = fingerprint(stored)
    if seen is not None and seen != now and any(differ.values()):
        raise ChangedElsewhereError(what, stored=differ, mark=now)


class MarksField(forms.Field):
    """Whatever comes is an answer: what is no mark is known to nobody. None is said by what is no page of ours."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False)

    def to_python(self, value: Any) -> str | None:
        return None if value is None else " ".join(MARK.findall(value))


class SeenForm(GovukForm):
    """Carries what its page was filled from; the view gives it as `initial["seen"]`."""

    seen = MarksField()
    changed: ChangedElsewhereError | None = None

    def saw(self, mark: str) -> None:
        """The page that comes now shows what has this mark."""
        self.carry("seen", mark)

    def carry(self, name: str, value: str) -> None:
        """What a hidden field sends when the page that comes now is sent again."""
        data: Any = self.data
        self.data = data = data.copy()
        data[self.add_prefix(name)] = value

    def show_changed(self, error: ChangedElsewhereError) -> None:
        """Both are shown: what was typed in its fields, what is stored above them. To save again is then a choice."""
        self.changed = error
        self.saw(error.mark)
        self.add_error(next(iter(error.stored)), error.message)

    @property
    def changed_rows(self) -> list[dict[str, str]]:
        """What is stored, as components/summary_list.html shows it."""
        stored = self.changed.stored if self.changed else {}
        return [{"key": str(self[name].label), "value": self._shown(name, value)} for name, value in stored.items()]

    def _shown(self, name: str, value: Any) -> str:
        choices = dict(getattr(self.fields[name], "choices", ()))
        return ", ".join(str(choices.get(each, each)) for each in (value if isinstance(value, list) else [value]))

    @property
    def changed_words(self) -> str:
        at = self.changed.at if self.changed else None
        return f"Saved {ELSEWHERE} on {moment(at)}" if at else f"Saved {ELSEWHERE}"


class WritingForm(SeenForm):
    """One long text that saves itself. Two that differ are shown to whoever writes, and left alone until then."""

    autosave_key = ""

    class Media:
        js = [Script("js/autosave.js", defer=True)]

    @property
    def page(self) -> Seen:
        return Seen.told(self.cleaned_data.get("seen") or "", self.data.get("mark", ""))

    @property
    def helper(self) -> FormHelper:  # type: ignore[override]  # read at once, and anew after a refusal
        helper = super().helper
        what = "data-autosave-off" if self.changed else "data-autosave"
        helper.attrs = helper.attrs | {what: self.autosave_key}
        return helper


class AutosaveMixin:
    """For a view with a WritingForm. The script is told what to say; what it may not save stays in its page."""

    request: Any

    def keep(self, form: Any) -> Written:
        """Calls the service with what is valid; returns the row."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not wants_json(request):
            return super().post(request, *args, **kwargs)  # type: ignore[misc]
        form = self.get_form()  # type: ignore[attr-defined]
        if not form.is_valid():
            problem = " ".join(str(error) for errors in form.errors.values() for error in errors)
            return JsonResponse({"problem": problem}, status=422)
        try:
            row = self.keep(form)
        except ChangedElsewhereError as error:
            when = f" at {hour(error.at)}" if error.at else ""
            return JsonResponse({"problem": f"This was changed{when} {ELSEWHERE}."}, status=409)
        except DomainError as error:
            return JsonResponse({"problem": error.message}, status=422)
        return JsonResponse({"saved": f"Saved at {hour(row.saved_at)}", "seen": row.mark})

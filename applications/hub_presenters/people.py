"""The applicant and the school: what was said beside what the register says."""

from typing import Any

from applications import permissions
from applications.enums import Action, Signatory
from applications.models import Application, HeadteacherSupport
from applications.presenters import kind_in_words
from applications.presenters.nominations import nomination_rows
from mastery_hub.common.templatetags.moments import moment


def person_rows(application: Application) -> list[dict[str, str]]:
    person = application.applicant
    elsewhere = [
        {"key": "Home hub", "value": str(application.home_hub)},
        {"key": f"Why {application.hub}", "value": application.hub_reason},
    ]
    return [
        {"key": "Role", "value": application.job_title},
        {"key": "TRN", "value": person.trn},
        {"key": "Email", "value": person.email},
        {"key": "Telephone", "value": person.telephone},
        {"key": "NCETM username", "value": person.ncetm_username},
        *(elsewhere if application.is_to_another_hub else []),
        *nomination_rows(application),
        {"key": "Submitted", "value": moment(application.submitted_at)},
    ]


def unlisted_flag(application: Application, user: Any) -> str:
    """Said above everything else until the hub has found the school in the register."""
    if not application.has_unlisted_school:
        return ""
    said = f"{application.school} is not in the schools register: {application.applicant} typed it in."
    if permissions.can_match_school(user, application):
        return f"{said} {permissions.what_comes_first(application, Action.PROPOSE_OFFER)}"
    return said


def signatory_flag(application: Application, user: Any, support: HeadteacherSupport | None) -> str:
    if support is None or not permissions.can_agree_signatory(user, support):
        return ""
    return permissions.what_comes_first(application, Action.PROPOSE_OFFER)


def register_rows(application: Application, support: HeadteacherSupport | None) -> list[dict[str, str]]:
    """What the applicant said beside what the schools register says; `check` says why somebody should look again."""
    typed = application.typed_school
    if typed is None:
        return _compared(application, support)
    said, phase, head = _compared(application, support)
    school = typed.school
    said["said"] = "\n".join([school.name, school.place, str(school.authority), kind_in_words(school)])
    if application.has_unlisted_school:
        said |= {"register": school.urn_in_words, "check": "To be found"}
        phase |= {"register": "", "check": ""}
        return [said, phase, head]
    found = f"As {typed.matched_by} said on {moment(typed.matched_at)}"
    said["register"] = "\n".join([str(application.school), said["register"], found])
    return [said, phase, head]


def _compared(application: Application, support: HeadteacherSupport | None) -> list[dict[str, str]]:
    school: Any = application.school
    programme = application.round.cohort.programme
    head = school.head_name
    is_head = support is not None and support.signatory == Signatory.HEADTEACHER
    differs = support and is_head and school.head_last_name.casefold() != support.last_name.casefold()
    kind = f"{school.type_name}, {school.urn_in_words}"
    return [
        {
            "key": "School",
            "said": school.name,
            "register": f"{school.get_status_display()}. {kind}",
            "check": "" if school.is_open and school.is_state_funded else "Not an open, state-funded school",
        },
        {
            "key": "Phase",
            "said": application.phases_in_words,
            "register": school.get_phase_display(),
            "check": "" if school.phase in programme.school_phases else "Not a school for this programme",
        },
        {
            "key": "Headteacher",
            "said": f"{support.full_name}, {support.email}" if support else "Not named",
            "register": head or "Not in the register",
            "check": "The names differ" if head and differs else "",
        },
    ]

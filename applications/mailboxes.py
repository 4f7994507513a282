"""Whose mailbox an address is, whatever label stands in it: one person is not two by writing a plus."""

from mastery_hub.accounts.models import User


def mailbox(address: str) -> str:
    """Where it arrives: what follows a plus is the owner’s own label."""
    name, _, domain = address.strip().casefold().rpartition("@")
    return f"{name.partition('+')[0]}@{domain}"


def mailboxes(person: User) -> set[str]:
    """Of the address that they bear, and of all that they have proven."""
    proven = person.emailaddress_set.filter(verified=True).values_list("email", flat=True)
    return {mailbox(address) for address in (person.email, *proven)}


def belongs_to(address: str, person: User) -> bool:
    return mailbox(address) in mailboxes(person) or User.objects.with_address(address) == person


def one_person(one: str, other: str) -> bool:
    """One mailbox, or two of whoever has proven both."""
    if mailbox(one) == mailbox(other):
        return True
    person = User.objects.with_address(one)
    return person is not None and belongs_to(other, person)

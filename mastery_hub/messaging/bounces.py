"""What a mail server says when an email comes back (RFC 3464): which email it was, and why it was not delivered."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message


@dataclass(frozen=True)
class Bounce:
    message_id: str
    reason: str


def bounce_read(raw: bytes) -> Bounce | None:
    """Nothing for any other email: an answer out of office, or word that delivery is only delayed."""
    report = message_from_bytes(raw, policy=policy.default)
    parts = list(report.walk())
    failed = next((each for part in parts for each in _recipients(part) if _field(each, "Action") == "failed"), None)
    returned = next(filter(None, map(_returned_id, parts)), "")
    if failed is None or not returned:
        return None
    return Bounce(returned, _field(failed, "Diagnostic-Code") or _field(failed, "Status") or "Not delivered")


def _recipients(part: Message) -> list[Message]:
    """A delivery status is a group of fields for the message, then one for each recipient."""
    if part.get_content_type() != "message/delivery-status":
        return []
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []


def _field(fields: Message, name: str) -> str:
    return " ".join(str(fields.get(name, "")).split())


def _returned_id(part: Message) -> str:
    """The Message-ID of what came back, whole or by its head alone."""
    if part.get_content_type() == "message/rfc822":
        return next((_field(inner, "Message-ID") for inner in part.walk() if inner is not part), "")
    if part.get_content_type() == "text/rfc822-headers" and isinstance(part, EmailMessage):
        return _field(message_from_bytes(part.get_content().encode(), policy=policy.default), "Message-ID")
    return ""

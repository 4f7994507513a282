from mastery_hub.accounts.models import User


def can_edit_commitments(user: User) -> bool:
    return user.is_national


def can_edit_programme(user: User) -> bool:
    return user.is_national

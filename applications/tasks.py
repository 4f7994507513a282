from celery import shared_task


@shared_task
def rounds_close() -> None:
    from applications.services.rounds import rounds_close as close  # noqa: PLC0415  tasks are leaves

    close()


@shared_task
def pledges_ask_again() -> None:
    from applications.services.renewals import pledges_ask_again as ask_again  # noqa: PLC0415  tasks are leaves

    ask_again()


@shared_task
def announcements_send() -> None:
    from applications.services.announcements import announcements_send as send  # noqa: PLC0415  tasks are leaves

    send()


@shared_task
def offers_lapse() -> None:
    from applications.services.selection import offers_lapse as lapse  # noqa: PLC0415  tasks are leaves

    lapse()


@shared_task
def reserves_offer() -> None:
    from applications.services.reserves import reserves_offer as offer  # noqa: PLC0415  tasks are leaves

    offer()


@shared_task
def referrals_lapse() -> None:
    from applications.services.referrals import referrals_lapse as lapse  # noqa: PLC0415  tasks are leaves

    lapse()


@shared_task
def subscriptions_clear() -> None:
    from applications.services.subscriptions import subscriptions_clear as clear  # noqa: PLC0415  tasks are leaves

    clear()


@shared_task
def nominations_lapse() -> None:
    from applications.services.nominations import nominations_lapse as lapse  # noqa: PLC0415  tasks are leaves

    lapse()

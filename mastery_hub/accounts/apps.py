from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "mastery_hub.accounts"
    label = "accounts"

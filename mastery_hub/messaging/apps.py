from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "mastery_hub.messaging"
    label = "messaging"

"""Whether a database is the demo's own. Nothing of the demo may run on another."""

from django.apps import apps
from django.conf import settings
from django.db import connection

from mastery_hub.demo.models import DemoDatabase

MADE_BY_MIGRATING = {"contenttypes.contenttype", "auth.permission"}
NO_MODELS = {"django_migrations", settings.CACHES["default"]["LOCATION"]}


def _tables() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.table_names(cursor))


def database_is_demo() -> bool:
    return DemoDatabase._meta.db_table in _tables() and DemoDatabase.objects.exists()


def database_is_empty() -> bool:
    """Nothing but what migrations make, and no table of anybody else's."""
    tables = _tables() - NO_MODELS
    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    if not tables <= models.keys():
        return False
    ours = (models[name] for name in tables if models[name]._meta.label_lower not in MADE_BY_MIGRATING)
    return not any(model._base_manager.exists() for model in ours)

from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    """Until now every application was made to its school's home hub of the day."""
    applications = apps.get_model('applications', 'Application')
    applications.objects.filter(home_hub=None, hub__isnull=False).update(home_hub=F('hub'))


class Migration(migrations.Migration):

    dependencies = [
        ('applications', '0006_neighbouring_hubs_and_several_phases'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]

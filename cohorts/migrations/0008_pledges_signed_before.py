from django.db import migrations


def fill(apps, schema_editor):
    """Nobody could change release days until now, nor residentials that were relied on: what stands is what was signed."""
    pledges = apps.get_model('cohorts', 'Pledge')
    release = apps.get_model('cohorts', 'ReleaseTerms').objects.order_by('programme_year', 'kind')
    residentials = apps.get_model('cohorts', 'Residential').objects.order_by('number')
    for cohort in apps.get_model('cohorts', 'Cohort').objects.order_by('pk').values_list('pk', flat=True):
        own = list(release.filter(cohort=cohort))
        terms = {
            'release': [[each.programme_year, each.kind, each.days_least, each.days_most] for each in own],
            'residentials': [
                [each.number, f'{each.starts_on}', f'{each.ends_on}'] for each in residentials.filter(cohort=cohort)
            ],
        }
        rates = [[each.programme_year, each.kind, f'{each.rate:.2f}'] for each in own if each.rate is not None]
        signed = pledges.objects.filter(commitment_set__cohort=cohort)
        signed.filter(terms={}).update(terms=terms)
        signed.filter(rates=[]).update(rates=rates)


class Migration(migrations.Migration):

    dependencies = [
        ('cohorts', '0007_pledges_keep_rates'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]

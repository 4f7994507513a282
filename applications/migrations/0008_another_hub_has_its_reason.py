from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('applications', '0007_home_hub_of_those_who_applied'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('phase', 'mixed'), ('phases', []), _connector='OR'), name='several_phases_only_where_mixed'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('home_hub', None), ('hub', None), ('hub_reason', '')), models.Q(('home_hub__isnull', False), ('hub', models.F('home_hub')), ('hub_reason', '')), models.Q(('home_hub__isnull', False), ('hub__isnull', False), models.Q(('hub', models.F('home_hub')), _negated=True), models.Q(('hub_reason', ''), _negated=True)), _connector='OR'), name='another_hub_has_its_reason'),
        ),
    ]

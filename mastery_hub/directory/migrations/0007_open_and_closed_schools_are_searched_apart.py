"""A search looks for open schools and for the others, each by an index that holds no more than those."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0006_history_of_neighbours'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='school', name='school_search_trigram'),
        migrations.AddIndex(
            model_name='school',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('status__in', [1, 3])), fields=['search'], name='school_search_open', opclasses=['gin_trgm_ops']),
        ),
        migrations.AddIndex(
            model_name='school',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('status__in', [1, 3]), _negated=True), fields=['search'], name='school_search_closed', opclasses=['gin_trgm_ops']),
        ),
    ]

"""A generated column cannot be altered: it goes, with its index, and comes back with its new expression."""

import django.contrib.postgres.indexes
import django.db.models.functions.comparison
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

WORDS_OF_TODAY = """
    INSERT INTO directory_schoolword (word, schools)
    SELECT word, count(*)
    FROM directory_school
    CROSS JOIN LATERAL (
        SELECT DISTINCT word FROM string_to_table(search, ' ') AS word WHERE word ~ '^[a-z]{3,}$'
    ) AS its
    WHERE urn <= 999999
    GROUP BY word
"""


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0004_register_uploads'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='school', name='school_search_trigram'),
        migrations.RemoveField(model_name='school', name='search'),
        migrations.AddField(
            model_name='school',
            name='search',
            field=models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(django.db.models.functions.text.Replace(models.Func(django.db.models.functions.text.Lower(models.Func(models.Func(django.db.models.functions.text.Concat(models.Value(' '), 'name', models.Value(' '), 'town', models.Value(' '), 'postcode', models.Value(' '), django.db.models.functions.text.Replace('postcode', models.Value(' '), models.Value('')), models.Value(' '), django.db.models.functions.comparison.Cast('urn', models.CharField()), models.Value(' ')), template='normalize(%(expressions)s, NFD)'), models.Value("[̀-ͯ'’‘`]"), models.Value(''), models.Value('g'), function='regexp_replace')), models.Value('[^a-z0-9]+'), models.Value(' '), models.Value('g'), function='regexp_replace'), models.Value(' church of england '), models.Value(' cofe ')), models.Value(' c of e '), models.Value(' cofe ')), models.Value(' c e '), models.Value(' cofe ')), models.Value(' cof e '), models.Value(' cofe ')), models.Value(' ce '), models.Value(' cofe ')), models.Value(' roman catholic '), models.Value(' catholic ')), models.Value(' r c '), models.Value(' catholic ')), models.Value(' rc '), models.Value(' catholic ')), models.Value(' st '), models.Value(' saint ')), models.Value(' and '), models.Value(' ')), models.Value(' the '), models.Value(' ')), models.Value(' of '), models.Value(' ')), models.Value(' cofe '), models.Value(' cofe ce church england ')), models.Value(' catholic '), models.Value(' catholic rc roman ')), models.Value(' saint '), models.Value(' st saint ')), output_field=models.TextField()),
        ),
        migrations.AddIndex(
            model_name='school',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search'], name='school_search_trigram', opclasses=['gin_trgm_ops']),
        ),
        migrations.CreateModel(
            name='SchoolWord',
            fields=[
                ('word', models.CharField(max_length=200, primary_key=True, serialize=False)),
                ('schools', models.IntegerField(help_text='How many have it in their name or town')),
            ],
        ),
        migrations.AddIndex(
            model_name='schoolword',
            index=django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['word'], name='school_word_trigram', opclasses=['gin_trgm_ops']),
        ),
        migrations.RunSQL(WORDS_OF_TODAY, migrations.RunSQL.noop),
        pgtrigger.migrations.AddTrigger(
            model_name='school',
            trigger=pgtrigger.compiler.Trigger(name='count_words_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO directory_schoolword AS known (word, schools)\n    SELECT word, sum(schools)\n    FROM (SELECT search, 1 FROM added WHERE urn <= 999999) AS told (search, schools)\n    CROSS JOIN LATERAL (\n        SELECT DISTINCT word FROM string_to_table(told.search, ' ') AS word WHERE word ~ '^[a-z]{3,}$'\n    ) AS its\n    GROUP BY word HAVING sum(schools) <> 0 ORDER BY word\n    ON CONFLICT (word) DO UPDATE SET schools = known.schools + excluded.schools;\n    RETURN NULL;\n", hash='586fc6f53c93c948dd8f624bdd2e01316c3ab4fd', level='STATEMENT', operation='INSERT', pgid='pgtrigger_count_words_added_a9bdd', referencing='REFERENCING NEW TABLE AS added ', table='directory_school', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='school',
            trigger=pgtrigger.compiler.Trigger(name='count_words_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO directory_schoolword AS known (word, schools)\n    SELECT word, sum(schools)\n    FROM (\n        SELECT search, -1 FROM (SELECT urn, search FROM before EXCEPT SELECT urn, search FROM after) AS gone\n        WHERE urn <= 999999\n        UNION ALL\n        SELECT search, 1 FROM (SELECT urn, search FROM after EXCEPT SELECT urn, search FROM before) AS come\n        WHERE urn <= 999999\n    ) AS told (search, schools)\n    CROSS JOIN LATERAL (\n        SELECT DISTINCT word FROM string_to_table(told.search, ' ') AS word WHERE word ~ '^[a-z]{3,}$'\n    ) AS its\n    GROUP BY word HAVING sum(schools) <> 0 ORDER BY word\n    ON CONFLICT (word) DO UPDATE SET schools = known.schools + excluded.schools;\n    RETURN NULL;\n", hash='9cb665e219002cd249a3f09993bc1f5ab318de8d', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_count_words_changed_e4b70', referencing='REFERENCING OLD TABLE AS before  NEW TABLE AS after ', table='directory_school', when='AFTER')),
        ),
    ]

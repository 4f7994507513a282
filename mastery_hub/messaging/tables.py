from django_tables2 import A, Column

from mastery_hub.common.tables import LinkColumn, Table


class KindTable(Table):
    caption = "Emails that the service writes"
    noun = ("email", "emails")
    per_page = 250  # all of them: somebody looks for a letter by its words

    subject = LinkColumn(linkify=("national_email", {"name": A("name")}))
    goes = Column(verbose_name="Who gets it, and when")

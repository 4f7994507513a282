from mastery_hub.directory.enums import ImportKind
from mastery_hub.directory.management.register_command import RegisterCommand


class Command(RegisterCommand):
    help = "Imports the schools register's daily extract (GIAS, edubasealldata….csv): English schools, open and closed."
    kind = ImportKind.SCHOOLS

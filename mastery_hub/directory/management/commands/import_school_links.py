from mastery_hub.directory.enums import ImportKind
from mastery_hub.directory.management.register_command import RegisterCommand


class Command(RegisterCommand):
    help = "Imports the schools register's links (GIAS, links_edubasealldata….csv): which school became which."
    kind = ImportKind.LINKS

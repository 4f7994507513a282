from mastery_hub.directory.models.hubs import HubArea, HubNeighbour, HubPageBlock, LocalAuthority, MathsHub, Region
from mastery_hub.directory.models.links import SchoolLink
from mastery_hub.directory.models.register import RegisterImport, RegisterLine
from mastery_hub.directory.models.schools import School
from mastery_hub.directory.models.unlisted import UnlistedSchool
from mastery_hub.directory.models.words import SchoolWord

__all__ = [
    "HubArea",
    "HubNeighbour",
    "HubPageBlock",
    "LocalAuthority",
    "MathsHub",
    "Region",
    "RegisterImport",
    "RegisterLine",
    "School",
    "SchoolLink",
    "SchoolWord",
    "UnlistedSchool",
]

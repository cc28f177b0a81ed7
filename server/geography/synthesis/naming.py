"""What synthetic premises are called: post towns, names of blocks and cottages, numbers that can't be real.

UPRN: 99, then two digits of replica, four of the LSOA's place in the source, four of the premises in its LSOA.
Real UPRNs of twelve digits begin with 100, 200 or 906 (the blocks given to authorities), so that one beginning
with 99 is never mistaken for a real property. USRN: eight digits from 90000000 on, 100,000 to a replica.
"""

from __future__ import annotations

import re
from itertools import product

MOST_SCALE = 19
MOST_LSOAS = 10_000
MOST_PREMISES_IN_LSOA = 10_000
MOST_STREETS = 100_000
GSS_STEP = 50_000
"""Between the codes of an area and of its replica; no English ward or LSOA code has come near it."""

POST_TOWNS = {
    "ALFORD": "LN13", "BARNETBY": "DN38", "BARROW-UPON-HUMBER": "DN19", "BARTON-UPON-HUMBER": "DN18",
    "BEVERLEY": "HU17", "BRIDLINGTON": "YO15 YO16", "BRIGG": "DN20", "BROUGH": "HU15", "CLEETHORPES": "DN35",
    "COTTINGHAM": "HU16 HU20", "DONCASTER": "DN7 DN8 DN9 DN10", "DRIFFIELD": "YO25", "FILEY": "YO14",
    "GAINSBOROUGH": "DN21", "GOOLE": "DN14", "GRIMSBY": "DN31 DN32 DN33 DN34 DN36 DN37 DN41", "HESSLE": "HU13",
    "HORNSEA": "HU18", "HULL": "HU1 HU2 HU3 HU4 HU5 HU6 HU7 HU8 HU9 HU10 HU11 HU12", "IMMINGHAM": "DN40",
    "MALTON": "YO17", "MARKET RASEN": "LN7 LN8", "NORTH FERRIBY": "HU14", "SCUNTHORPE": "DN15 DN16 DN17",
    "SELBY": "YO8", "ULCEBY": "DN39", "WITHERNSEA": "HU19", "YORK": "YO19 YO41 YO42 YO43",
}  # fmt: skip
"""Post towns of the postcode districts in and around the Humber; elsewhere the district's name stands in."""

_TOWN_OF = {outward: town for town, districts in POST_TOWNS.items() for outward in districts.split()}

TREES = [
    "ACACIA",
    "ALDER",
    "ASH",
    "ASPEN",
    "BEECH",
    "BIRCH",
    "BLACKTHORN",
    "BRAMBLE",
    "CEDAR",
    "CHERRY",
    "CHESTNUT",
    "CYPRESS",
    "ELDER",
    "ELM",
    "FERN",
    "FIR",
    "GORSE",
    "HAWTHORN",
    "HAZEL",
    "HEATHER",
    "HOLLY",
    "HORNBEAM",
    "IVY",
    "JUNIPER",
    "LABURNUM",
    "LARCH",
    "LAUREL",
    "LILAC",
    "LIME",
    "LINDEN",
    "MAPLE",
    "MYRTLE",
    "OAK",
    "OLIVE",
    "PEAR",
    "PINE",
    "POPLAR",
    "ROWAN",
    "SORREL",
    "SPRUCE",
    "SYCAMORE",
    "TEASEL",
    "THORN",
    "WALNUT",
    "WILLOW",
    "YEW",
]
BLOCK_NAMES = [f"{tree} {kind}" for kind, tree in product(("COURT", "HOUSE", "LODGE", "POINT"), TREES)]
COTTAGE_NAMES = [f"{tree} {kind}" for kind, tree in product(("COTTAGE", "FARM", "BUNGALOW", "VIEW"), TREES)]

_UNUSED_FIRST_LETTERS = "VXQ"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def post_town(pcds: str, district_name: str) -> str:
    """The post town of a postcode, in capitals as Royal Mail writes it."""
    return _TOWN_OF.get(pcds.partition(" ")[0], district_name.split(",", maxsplit=1)[0].upper())


def make_uprn(replica: int, lsoa: int, serial: int) -> str:
    """A twelve-digit UPRN that no authority could have given out."""
    return f"99{replica:02d}{lsoa:04d}{serial:04d}"


def make_usrn(replica: int, street: int) -> str:
    """An eight-digit USRN."""
    return str(90_000_000 + replica * MOST_STREETS + street)


def replica_gss(code: str, replica: int) -> str:
    """The code of an area's replica: E05011526 → E05061526. Replica 0 is the area itself."""
    return code if not replica else f"{code[:3]}{int(code[3:]) + replica * GSS_STEP:06d}"


def replica_name(name: str, replica: int) -> str:
    """The name of an area's replica: 'University' → 'University (2)'."""
    return name if not replica else f"{name} ({replica + 1})"


class ReplicaPostcodes:
    """Postcodes of replicas, in postcode areas that don't exist (no postcode begins with V, X or Q)."""

    def __init__(self, areas: list[str], replicas: int) -> None:
        free = [first + second for first, second in product(_UNUSED_FIRST_LETTERS, _LETTERS)]
        if len(areas) * replicas > len(free):
            raise ValueError(
                f"{len(areas)} postcode areas can be replicated {len(free) // len(areas)} times at most."
            )
        self._stand_in = {
            (replica, area): free[(replica - 1) * len(areas) + index]
            for replica in range(1, replicas + 1)
            for index, area in enumerate(areas)
        }

    def rename(self, pcds: str, replica: int) -> str:
        """The replica's name for a postcode; replica 0 keeps it."""
        if not replica:
            return pcds
        area = postcode_area(pcds)
        return self._stand_in[replica, area] + pcds[len(area) :]


def postcode_area(pcds: str) -> str:
    """The letters a postcode begins with: 'HU5 2AB' → 'HU'."""
    found = re.match(r"[A-Z]{1,2}", pcds)
    if not found:
        raise ValueError(f"{pcds!r} is not a postcode.")
    return found[0]

"""Worklists sealed to a device, put together from a full package and contiguous changes, and checked by digest.

The digest is a sum, modulo 2^256, of one SHA-256 per house: independent of order, and the service can shift it by the
houses that changed without reading the rest of the list. What ages by itself (flag and reason) is not in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from sync.errors import Malformed, NeedFull, path_of
from sync.exchange import Package
from sync.keys import load_public
from sync.sealing import deflate, inflate, seal, unseal
from sync.worklist import (
    CampaignCard,
    House,
    HouseState,
    PackageHeader,
    QuestionnaireCard,
    StreetHouses,
    Told,
    WorklistBody,
)

EMPTY_DIGEST = "0" * 64
MOST_BODY_BYTES = 32 * 1024 * 1024
LEAST_PADDED_BYTES = 512
_LABEL = b"doorstep/1 worklist\n"
_FORMAT = b"\x01"
_START = 5
_DEFLATE_LEVEL = 6
_MODULUS = 1 << 256
_ENCODER = msgspec.json.Encoder()
_HEADER = msgspec.json.Decoder(PackageHeader)
_BODY = msgspec.json.Decoder(WorklistBody)


class Worklist(msgspec.Struct, frozen=True, omit_defaults=True):
    """A whole list as a client holds it: streets by place, houses by place. `digest` is of these streets."""

    worklist: int
    version: int
    epoch: str
    not_after: int
    digest: str
    campaign: CampaignCard
    officer: str = ""
    time_zone: str = "Europe/London"
    outcomes: list[dict[str, Any]] = []
    questionnaires: list[QuestionnaireCard] = []
    token_key: bytes = b""
    extras: str = ""
    told: list[Told] = []
    streets: tuple[StreetHouses, ...] = ()

    def houses(self) -> Iterator[tuple[StreetHouses, House]]:
        """Every house with its street, in walking order."""
        return ((street, house) for street in self.streets for house in street.houses)

    def find(self, uprn: str) -> tuple[StreetHouses, House] | None:
        """The house of a UPRN with its street; None when the list does not hold it."""
        return next((pair for pair in self.houses() if pair[1].uprn == uprn), None)


class _Row(msgspec.Struct, frozen=True, array_like=True):
    """What the digest covers of one house: the header of its street and all of the house but flag and reason."""

    usrn: str
    name: str
    street_place: int
    lon: int
    lat: int
    uprn: str
    place: int
    address: str
    x: int
    y: int
    state: HouseState
    parent: str
    postcode: str
    hazards: tuple[str, ...]
    notes: tuple[str, ...]


def padded_length(length: int) -> int:
    """Padmé (Nikitin et al. 2019): a length that tells of `length` only its magnitude, at most 12 % longer."""
    length = max(length, LEAST_PADDED_BYTES)
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (length + mask) & ~mask


def seal_package(header: PackageHeader, body: WorklistBody, device_public: bytes) -> Package:
    """A list, or its changes, sealed to one device. The header's exact JSON text is bound to the seal."""
    text = _ENCODER.encode(header)
    packed = deflate(_ENCODER.encode(body), _DEFLATE_LEVEL)
    plain = b"".join((_FORMAT, len(packed).to_bytes(4, "big"), packed))
    plain = plain.ljust(padded_length(len(plain)), b"\0")
    return Package(header=text.decode(), body=seal(plain, load_public(device_public), _LABEL + text))


def read_header(package: Package) -> PackageHeader:
    """The header, which a locked client needs to keep packages in order. Raises Malformed.

    It is only as true as the signed reply that brought it, until the package is opened.
    """
    try:
        return _HEADER.decode(package.header)
    except (msgspec.DecodeError, UnicodeError, RecursionError, OverflowError) as error:
        raise Malformed(
            f"The package's header is not as the protocol says (at {path_of(error) or '$'})."
        ) from None


def open_package(
    package: Package, private_key: ec.EllipticCurvePrivateKey
) -> tuple[PackageHeader, WorklistBody]:
    """Header and body of a package sealed to this key. Raises Unreadable or Malformed."""
    header = read_header(package)
    plain = unseal(package.body, private_key, _LABEL + package.header.encode("utf-8", "surrogatepass"))
    length = int.from_bytes(plain[1:_START], "big")
    packed, padding = plain[_START : _START + length], plain[_START + length :]
    if plain[:1] != _FORMAT or len(packed) != length or padding.strip(b"\0"):
        raise Malformed("What is sealed is not laid out as a worklist.")
    try:
        body = _BODY.decode(inflate(packed, MOST_BODY_BYTES))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise Malformed(f"The worklist is not as the protocol says (at {path_of(error) or '$'}).") from None
    if (body.worklist, body.version) != (header.worklist, header.version):
        raise Malformed("The worklist inside is not the one that the header names.")
    return header, body


def row_digest(street: StreetHouses, house: House) -> bytes:
    """The SHA-256 (32 bytes) that one house adds to the digest: over the JSON array of `_Row`."""
    row = _Row(
        street.usrn,
        street.name,
        street.place,
        street.lon,
        street.lat,
        house.uprn,
        house.place,
        house.address,
        house.x,
        house.y,
        house.state,
        house.parent,
        house.postcode,
        house.hazards,
        house.notes,
    )
    return hashlib.sha256(_ENCODER.encode(row)).digest()


def shift_digest(digest: str, added: Iterable[bytes], taken: Iterable[bytes]) -> str:
    """The digest after the rows of `added` came in and those of `taken` went (row digests, 32 bytes each)."""
    total = int(digest, 16)
    total += sum(int.from_bytes(row, "big") for row in added)
    total -= sum(int.from_bytes(row, "big") for row in taken)
    return f"{total % _MODULUS:064x}"


def digest(streets: Iterable[StreetHouses]) -> str:
    """The digest of a whole list (64 hex digits), whatever the order of its streets and houses."""
    return shift_digest(
        EMPTY_DIGEST, (row_digest(street, house) for street in streets for house in street.houses), ()
    )


def apply(held: Worklist | None, header: PackageHeader, body: WorklistBody) -> Worklist:
    """The list after a package. A full one replaces what is held; a delta must start from the very version held.

    A delta that was applied already, and a full one older than what is held, change nothing (replies may repeat).
    Raises NeedFull when the delta does not follow, or when the outcome's digest is not the service's.
    """
    same = held is not None and (held.worklist, held.epoch) == (header.worklist, header.epoch)
    if held is not None and same and header.version <= held.version and not _renews(held, header):
        return held
    if header.kind == "full":
        streets = _merged((), body)
    elif held is None or not same or held.version != header.base:
        raise NeedFull("These changes do not follow the list that is held.")
    else:
        streets = _merged(held.streets, body)
    if digest(streets) != body.digest:
        raise NeedFull("The list does not come out as the service has it.")
    return _assembled(held if header.kind == "delta" else None, header, body, streets)


def _renews(held: Worklist, header: PackageHeader) -> bool:
    """True for a full package of the version held, which a client asks for when it doubts its own."""
    return header.kind == "full" and header.version == held.version


def _merged(held: Iterable[StreetHouses], body: WorklistBody) -> tuple[StreetHouses, ...]:
    """The streets after the changes, without houses that left (or moved to another street) and streets left empty."""
    heads = {street.usrn: street for street in held}
    houses = {house.uprn: (street.usrn, house) for street in heads.values() for house in street.houses}
    for uprn in body.removed:
        houses.pop(uprn, None)
    for street in body.streets:
        heads[street.usrn] = street
        houses.update((house.uprn, (street.usrn, house)) for house in street.houses)
    by_street: dict[str, list[House]] = {}
    for usrn, house in houses.values():
        by_street.setdefault(usrn, []).append(house)
    merged = [
        msgspec.structs.replace(
            heads[usrn], houses=tuple(sorted(found, key=lambda house: (house.place, house.uprn)))
        )
        for usrn, found in by_street.items()
    ]
    return tuple(sorted(merged, key=lambda street: (street.place, street.usrn)))


def _assembled(
    held: Worklist | None, header: PackageHeader, body: WorklistBody, streets: tuple[StreetHouses, ...]
) -> Worklist:
    """The list of these streets; what the body leaves at its default stays as it was held."""
    campaign = body.campaign or (held.campaign if held else None)
    if campaign is None:
        raise NeedFull("The list came without its campaign.")
    before = held or Worklist(header.worklist, 0, "", 0, "", campaign)
    return Worklist(
        worklist=header.worklist,
        version=header.version,
        epoch=header.epoch,
        not_after=header.not_after,
        digest=body.digest,
        campaign=campaign,
        officer=body.officer or before.officer,
        time_zone=body.time_zone,
        outcomes=before.outcomes if body.outcomes is None else body.outcomes,
        questionnaires=before.questionnaires if body.questionnaires is None else body.questionnaires,
        token_key=body.token_key or before.token_key,
        extras=body.extras or before.extras,
        told=before.told if body.told is None else body.told,
        streets=streets,
    )


def diff(old: Worklist, new: Worklist) -> tuple[tuple[StreetHouses, ...], tuple[str, ...]]:
    """What a delta from `old` to `new` carries: changed streets with their changed houses, and UPRNs that left.

    Flags and reasons count here as changes (a person sees them), though the digest leaves them out.
    """
    before = {house.uprn: (_head(street), house) for street, house in old.houses()}
    changed = []
    for street in new.streets:
        head = _head(street)
        houses = tuple(house for house in street.houses if before.get(house.uprn) != (head, house))
        if houses:
            changed.append(msgspec.structs.replace(street, houses=houses))
    now = {house.uprn for _, house in new.houses()}
    return tuple(changed), tuple(sorted(before.keys() - now))


def _head(street: StreetHouses) -> StreetHouses:
    return msgspec.structs.replace(street, houses=())

"""What is measured on one instance, in the order of the main job. Each answers with plain figures."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import msgspec

from benchmarks.field import Campaigning, WiredPhone, plan_campaign, start_campaign, visits
from benchmarks.force import FILES, FORCE
from benchmarks.instance import Cost, Instance, Meter, sign_in
from server.base.access import Principal
from server.base.service import Service
from server.devices.known import read_device
from server.exchange.pack import pack
from server.fieldwork import coverage
from server.fieldwork.allocate import MOST_AT_ONCE
from server.fieldwork.proposal_views import read_proposal
from server.fieldwork.proposals import Options, propose
from sync import codec, envelope, keys
from sync.events import Envelope, EventBody, EventClock, VisitRecord
from sync.exchange import SealKey
from sync.worklist_codec import open_package
from tests.factories.staff import PASSWORD, create_account

BATCH = 60
PACKS = 5
EXPLAINED = 20
WARD = "E05011526"
SEED = 20260302

Figures = dict[str, Any]


@dataclass(frozen=True)
class Effort:
    """How often things are done: officers with 200 houses, exchanges of each of them, and so on.

    `warming`: how many exchanges of each measurement come first and are not counted, because they find new sessions.
    """

    officers: int = 14
    exchanges_each: int = 3
    exchanges_of_large: int = 33
    warming: int = 14
    idle: int = 100
    queries: int = 40


QUICK = Effort(officers=2, exchanges_each=2, exchanges_of_large=2, warming=0, idle=4, queries=3)


def measure_seals() -> Figures:
    """The yardstick: CPU-seconds to open a thousand sealed visits and do nothing else: the least an exchange costs."""
    private, event_key, device = keys.generate_private(), keys.new_event_key(), "yardstick"
    public = keys.public_bytes(private)
    service_key = SealKey(keys.new_kid(public), public)
    body = EventBody("1", 1, 1, EventClock(0), visit=VisitRecord("no_reply"))
    event_id = keys.new_id()
    sealed = envelope.seal_event(
        body, event_id=event_id, device=device, service_key=service_key, event_key=event_key
    )
    made = Envelope(event_id, 1, "0" * 64, service_key.kid, sealed)
    began = time.process_time()
    for _ in range(1000):
        envelope.open_event(made, device, private, event_key)
    return {"cpu": time.process_time() - began}


def measure_import(instance: Instance, files: Path) -> Figures:
    """Import the address file, after the areas and postcodes that it needs. Peak memory is the importer's."""
    before = 0.0
    for kind, names in FILES.items():
        cost = instance.run("import", kind, *(str(files / name) for name in names))
        if kind != "premises":
            before += cost.cpu
    return costs(cost) | {"peak_mb": cost.peak_bytes / 1e6, "others_cpu": before}


def measure_campaign(instance: Instance, service: Service) -> tuple[Figures, Campaigning]:
    """Make a campaign active over every house of the force."""
    supervisor, campaign = plan_campaign(service)
    meter = Meter(instance)
    made = start_campaign(service, supervisor, campaign)
    return costs(meter.cost()), made


def measure_issue(instance: Instance, made: Campaigning, houses: int) -> tuple[Figures, WiredPhone]:
    """Give an officer a list of so many houses, and pack and seal it for the officer's phone, which downloads it."""
    account = made.officer(f"officer{houses}.bench")
    usrns = made.streets_of(houses)
    phone = made.phone(account, instance.url)
    meter = Meter(instance)
    made.give(account, usrns, houses)
    given = meter.cost()
    request = phone.request()
    device = made.service.db.read(lambda session: read_device(session, phone.id))
    if device is None:
        raise RuntimeError("the phone that was just enrolled is not known")
    meter = Meter(instance)
    for _ in range(PACKS):
        pack(made.service, device, request)
    packed = meter.cost()
    return {
        "houses": houses,
        "allocate_cpu": given.cpu,
        "pack_cpu": packed.cpu / PACKS,
        "cpu": given.cpu + packed.cpu / PACKS,
        "seconds": given.seconds + packed.seconds / PACKS,
    } | download(phone), phone


def measure_proposal(instance: Instance, made: Campaigning, officers: int = 20) -> Figures:
    """Propose lists for so many officers over as many houses as are shared out at once, SQL and all.

    `spread`: how much more minutes the fullest share has than the emptiest, as a share of their mean.
    """
    areas, houses = made.wards_up_to(MOST_AT_ONCE)
    accounts = tuple(made.officer(f"proposed{number:02d}.bench") for number in range(officers))
    options = Options(accounts, areas=areas, most_houses=100)
    meter = Meter(instance)
    propose(made.service, made.supervisor, made.campaign, options)
    cost = meter.cost()
    found = read_proposal(made.service, made.supervisor, made.campaign)
    if found is None or found.houses != houses:
        raise RuntimeError("the proposal is not over the houses that were free")
    return costs(cost) | {
        "houses": houses,
        "officers": officers,
        "streets": len(found.streets),
        "spread": found.spread,
    }


def download(phone: WiredPhone) -> Figures:
    """A first download over HTTP: the reply's bytes, and how long the same list is as plain JSON."""
    request = phone.request()
    sent = phone.send(codec.encode(request), request.number)
    reply = codec.decode_exchange_reply(sent)
    bodies = [open_package(package, phone.seal_private)[1] for package in reply.changes]
    phone.take(reply)
    return {"bytes": len(sent), "json_bytes": sum(len(msgspec.json.encode(body)) for body in bodies)}


def measure_exchange(
    instance: Instance, pid: int, made: Campaigning, large: WiredPhone, effort: Effort
) -> dict[str, Figures]:
    """Exchanges of BATCH events, from phones with 200 houses and from one with 2,000, and exchanges of nothing.

    CPU is of gunicorn's processes and of the database's, over HTTP, each exchange on a connection of its own. The first
    phone's exchanges warm the service up and are not counted; nor are the first ones of each measurement, for telling
    pages ends the database's sessions, and phones meet sessions that have been there for hours.
    """
    dice = random.Random(SEED)
    phones = []
    for number in range(effort.officers + 1):
        account = made.officer(f"officer{number:02d}.bench")
        made.give(account, made.streets_of(200), 200)
        phone = made.phone(account, instance.url)
        phone.sync()
        phones.append(phone)
    warming, *phones = phones
    for _ in range(2):
        _exchanges(instance, pid, _batches([warming], made.campaign, dice, 2), 0)
    instance.tidy()
    few = _batches([large], made.campaign, dice, effort.exchanges_of_large)
    many = _batches(phones, made.campaign, dice, effort.exchanges_each)
    return {
        "seals": measure_seals(),
        "large": _exchanges(instance, pid, few, effort.warming),
        "exchange": _exchanges(instance, pid, many, effort.warming),
        "idle": _idle(instance, pid, phones, effort),
        "http": _nothing(instance, pid, effort.idle),
    }


Batches = list[tuple[WiredPhone, list[Envelope]]]


def _batches(phones: Sequence[WiredPhone], campaign: int, dice: random.Random, most: int) -> Batches:
    """Up to `most` full batches of visits from each phone, sealed before anything is measured."""
    found: Batches = []
    for phone in phones:
        houses = visits(phone, campaign, dice)
        batches = [list(islice(houses, BATCH)) for _ in range(most)]
        found += [(phone, batch) for batch in batches if len(batch) == BATCH]
    return found


def _exchanges(instance: Instance, pid: int, batches: Batches, warming: int) -> Figures:
    """What the exchanges after the first `warming` cost; pages are those of all of them."""
    pages = instance.buffers()
    _send(batches[:warming])
    meter = Meter(instance, pid)
    down = _send(batches[warming:])
    cost = meter.cost()
    counted = len(batches) - warming
    events = BATCH * counted
    told = {"events": events, "exchanges": counted, "bytes": down / counted}
    return _per(cost, events / 1000) | told | _pages(instance, pages, BATCH * len(batches) / 1000)


def _send(batches: Batches) -> int:
    """Exchange these batches; the bytes that came down."""
    down = 0
    for phone, batch in batches:
        request = phone.request(batch)
        sent = phone.send(codec.encode(request), request.number)
        reply = phone.take(codec.decode_exchange_reply(sent))
        down += len(sent)
        refused = {receipt.reason for receipt in reply.receipts if receipt.status != "applied"}
        if refused or len(reply.receipts) != len(batch):
            raise RuntimeError(f"events were not applied: {sorted(refused)}")
    return down


def _idle(instance: Instance, pid: int, phones: Sequence[WiredPhone], effort: Effort) -> Figures:
    pages = instance.buffers()
    _send_nothing(phones, effort.warming)
    meter = Meter(instance, pid)
    _send_nothing(phones, effort.idle)
    cost = meter.cost()
    told = {"exchanges": effort.idle} | _pages(instance, pages, (effort.warming + effort.idle) / 1000)
    return _per(cost, effort.idle / 1000) | told


def _send_nothing(phones: Sequence[WiredPhone], times: int) -> None:
    for number in range(times):
        reply = phones[number % len(phones)].exchange()
        if reply.changes or reply.receipts:
            raise RuntimeError("an idle exchange brought something")


def _nothing(instance: Instance, pid: int, times: int) -> Figures:
    """What a request costs that asks for nothing, per 1,000: gunicorn, Flask, a log line, the figures."""
    meter = Meter(instance, pid)
    for _ in range(times):
        httpx.get(f"{instance.url}/healthz").raise_for_status()
    return _per(meter.cost(), times / 1000) | {"requests": times}


def measure_coverage(instance: Instance, pid: int, made: Campaigning, effort: Effort) -> dict[str, Figures]:
    """Coverage as the console asks for it: milliseconds over HTTP, CPU of service and database, and pages read."""
    create_account(made.service, "reader.bench", "supervisor", areas=[FORCE])
    client = sign_in(instance.url, "reader.bench", PASSWORD)
    figures = {}
    for name, (path, query, work) in _questions(made).items():
        asked = query | {"campaign": made.campaign}
        taken = []
        for _ in range(5):
            client.get(path, params=asked).raise_for_status()
        meter = Meter(instance, pid)
        for _ in range(effort.queries):
            began = time.perf_counter()
            answer = client.get(path, params=asked)
            taken.append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
        figures[name] = _per(meter.cost(), effort.queries / 1000) | {
            "median_ms": statistics.median(taken),
            "fastest_ms": min(taken),
            "bytes": len(answer.content),
            "pages": _pages_of(instance, made.service, made.supervisor, made.campaign, work),
        }
    client.close()
    return figures


Work = Callable[[Service, Principal, int], object]


def _questions(made: Campaigning) -> dict[str, tuple[str, dict[str, str], Work]]:
    first = {"area": WARD, "limit": 1}
    street = coverage.street_coverage(made.service, made.supervisor, made.campaign, first).rows[0]
    ward, usrn, limit = {"area": WARD}, {"usrn": street.code}, {"limit": 50}

    def asking(read: Callable[..., object], query: dict[str, Any]) -> Work:
        return lambda *who: read(*who, query)

    return {
        "force": ("/api/coverage/force", {}, coverage.force_coverage),
        "wards, first page": ("/api/coverage/wards", {}, asking(coverage.ward_coverage, limit)),
        "streets of a ward, first page": (
            "/api/coverage/streets",
            ward,
            asking(coverage.street_coverage, ward | limit),
        ),
        "one street": ("/api/coverage/streets", usrn, asking(coverage.street_coverage, usrn | limit)),
        "houses of a street": ("/api/coverage/houses", usrn, asking(coverage.house_coverage, usrn | limit)),
    }


def _pages_of(
    instance: Instance, service: Service, principal: Principal, campaign: int, work: Work
) -> float | None:
    """Pages one query asks for: what EXPLAINED + 1 of them ask for, less what one does on a connection as new."""
    told = []
    for times in (1, EXPLAINED + 1):
        before = instance.buffers()
        for _ in range(times):
            work(service, principal, campaign)
        after = instance.buffers()
        if before is None or after is None:
            return None
        told.append(after - before)
    return (told[1] - told[0]) / EXPLAINED


def costs(cost: Cost) -> Figures:
    """A cost as figures."""
    return {
        "seconds": cost.seconds,
        "cpu": cost.cpu,
        "own_cpu": cost.own_cpu,
        "database_cpu": cost.database_cpu,
    }


def _per(cost: Cost, thousands: float) -> Figures:
    return {name: value / thousands for name, value in costs(cost).items()}


def _pages(instance: Instance, before: int | None, thousands: float) -> Figures:
    after = instance.buffers()
    return {"pages": None if before is None or after is None else (after - before) / thousands}

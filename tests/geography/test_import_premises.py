"""Address files: what they do to premises and streets, whatever is wrong with them."""

from __future__ import annotations

import csv
import gzip
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from server.base.access import SYSTEM, Principal
from server.base.audit import verify
from server.base.problems import Problem, UserError
from server.base.service import Service
from server.geography.changes import PremisesChange
from server.geography.importing.boundaries import import_boundaries
from server.geography.importing.lookups import import_lookups
from server.geography.importing.postcodes import import_postcodes
from server.geography.importing.premises import import_premises
from server.geography.lock import lock_streets
from server.geography.tables import ImportRun, Premises, Street
from tests.geography.files import (
    AREA,
    DISTRICT,
    EAST,
    PLUS_HEADER,
    WEST,
    counts,
    house,
    premises_of,
    rows_of,
    take_in,
    two_wards,
    write_csv,
    write_lines,
)


def rejects(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["line"], row["reason"]) for row in csv.DictReader(file)]


def test_a_house_is_stored_as_people_write_it_and_where_it_stands(service: Service, tmp_path: Path) -> None:
    two_wards(service, tmp_path)
    two = house(990000000002, "12A", STREET_NAME="ST JOHN'S ROAD", LONGITUDE="-0.3300000", USRN="90000002")
    assert counts(take_in(service, write_csv(tmp_path / "p.csv", [house(990000000001), two]))) == (
        2,
        2,
        0,
        0,
        0,
        0,
    )
    one, other = premises_of(service).values()
    assert (one.address, one.number, one.number_text) == ("1 Made Up Street, Hull, HU5 2AB", 1, "1")
    assert (one.ward_code, one.district_code, one.residential, one.status) == (WEST, DISTRICT, True, "live")
    assert (other.address, other.number, other.number_text) == (
        "12A St John's Road, Hull, HU5 2AB",
        12,
        "12A",
    )
    assert other.ward_code == EAST
    assert (other.point.x, other.point.y) == (-0.33, 53.765)
    assert [(street.usrn, street.name, street.town) for street in rows_of(service, Street)] == [
        ("90000001", "Made Up Street", "Hull"),
        ("90000002", "St John's Road", "Hull"),
    ]


def test_the_same_file_again_changes_nothing_and_tells_nobody(service: Service, tmp_path: Path) -> None:
    two_wards(service, tmp_path)
    file = write_csv(tmp_path / "p.csv", [house(1), house(2, "3"), house(3, "5")])
    take_in(service, file)
    told: list[PremisesChange] = []
    assert counts(take_in(service, file, told=told)) == (3, 0, 0, 3, 0, 0)
    assert told == []


def test_a_newer_full_file_moves_renames_retires_and_adds(service: Service, tmp_path: Path) -> None:
    two_wards(service, tmp_path)
    houses = [house(uprn, str(uprn)) for uprn in range(1, 11)]
    take_in(service, write_csv(tmp_path / "old.csv", houses))
    newer = [
        house(1, "1", LONGITUDE="-0.3300000"),  # moved to the other ward
        house(2, "2", USRN="90000002", STREET_NAME="NEW LANE"),  # moved to another street
        house(3, "3", CLASSIFICATION_CODE="CR08"),  # a shop now
        house(4, "44"),  # another number
        *houses[4:9],  # 10 is gone
        house(11, "11"),
    ]
    told: list[PremisesChange] = []
    summary = take_in(service, write_csv(tmp_path / "new.csv", newer), told=told)
    assert counts(summary) == (10, 1, 4, 5, 1, 0)
    found = premises_of(service)
    assert found["1"].ward_code == EAST
    assert (found["2"].usrn, found["2"].address) == ("90000002", "2 New Lane, Hull, HU5 2AB")
    assert not found["3"].residential
    assert found["4"].number == 44
    assert (found["10"].status, found["11"].status) == ("retired", "live")
    by_uprn = {change.uprn: change for change in told}
    assert sorted(by_uprn) == ["1", "10", "2", "3", "4"]
    assert (by_uprn["1"].old_ward, by_uprn["1"].new_ward, by_uprn["1"].moved) == (WEST, EAST, True)
    assert (by_uprn["2"].old_usrn, by_uprn["2"].new_usrn) == ("90000001", "90000002")
    assert (by_uprn["3"].old_residential, by_uprn["3"].residential) == (True, False)
    assert (by_uprn["10"].retired, by_uprn["4"].retired, by_uprn["4"].moved) == (True, False, False)


def test_a_premises_that_comes_back_is_live_again(service: Service, tmp_path: Path) -> None:
    every = [house(uprn, str(uprn)) for uprn in range(1, 11)]
    full = write_csv(tmp_path / "full.csv", every)
    take_in(service, full)
    take_in(service, write_csv(tmp_path / "less.csv", every[:-1]))
    told: list[PremisesChange] = []
    assert counts(take_in(service, full, told=told)) == (10, 0, 1, 9, 0, 0)
    assert [(change.uprn, change.revived) for change in told] == [("10", True)]
    assert premises_of(service)["10"].status == "live"


def test_a_renamed_street_tells_of_every_house_on_it(service: Service, tmp_path: Path) -> None:
    take_in(service, write_csv(tmp_path / "old.csv", [house(1), house(2, "3")]))
    renamed = [house(uprn, number, STREET_NAME="NEW NAME") for uprn, number in ((1, "1"), (2, "3"))]
    told: list[PremisesChange] = []
    summary = take_in(service, write_csv(tmp_path / "new.csv", renamed), told=told)
    assert counts(summary) == (2, 0, 2, 0, 0, 0)
    assert rows_of(service, Street)[0].name == "New Name"
    assert summary.notes == ["Streets with another name, locality or town now: 1."]
    assert len(told) == 2


def test_changes_touch_only_what_they_name(service: Service, tmp_path: Path) -> None:
    take_in(service, write_csv(tmp_path / "full.csv", [house(uprn, str(uprn)) for uprn in range(1, 6)]))
    changes = [
        house(2, "22", CHANGE_CODE="U"),
        {"UPRN": "3", "CHANGE_CODE": "D"},
        house(6, "6", CHANGE_CODE="I"),
        {"UPRN": "77", "CHANGE_CODE": "D"},
    ]
    told: list[PremisesChange] = []
    summary = take_in(service, write_csv(tmp_path / "changes.csv", changes), told=told)
    assert counts(summary) == (4, 1, 1, 0, 1, 0)
    assert summary.passed_over == 1
    assert {uprn: row.status for uprn, row in premises_of(service).items() if row.status != "live"} == {
        "3": "retired"
    }
    assert sorted(change.uprn for change in told) == ["2", "3"]


def test_a_full_file_that_would_retire_a_fifth_is_refused_unless_allowed(
    service: Service, tmp_path: Path
) -> None:
    every = [house(uprn, str(uprn)) for uprn in range(1, 11)]
    take_in(service, write_csv(tmp_path / "full.csv", every))
    less = write_csv(tmp_path / "less.csv", every[:7])
    with pytest.raises(Problem, match=r"would retire 3 of 10 premises \(30%\).*--changes.*--allow-retire"):
        take_in(service, less)
    assert all(row.status == "live" for row in premises_of(service).values())
    assert counts(take_in(service, less, mode="changes")) == (7, 0, 0, 7, 0, 0)
    assert counts(take_in(service, less, allow_retire=True)) == (7, 0, 0, 7, 3, 0)


def test_a_building_that_holds_flats_is_no_house_itself(service: Service, tmp_path: Path) -> None:
    flats = [
        house(uprn, "1", PARENT_UPRN="1", SUB_BUILDING=f"FLAT {uprn}", CLASSIFICATION_CODE="RD06")
        for uprn in (2, 3)
    ]
    shell = house(4, "9", CLASSIFICATION_CODE="PP")
    take_in(service, write_csv(tmp_path / "p.csv", [house(1), *flats, shell]))
    assert {row.uprn for row in premises_of(service).values() if row.residential} == {"2", "3"}


def test_changes_that_split_a_house_or_join_it_again_change_the_building_too(
    service: Service, tmp_path: Path
) -> None:
    take_in(service, write_csv(tmp_path / "p.csv", [house(1), house(5, "5")]))
    told: list[PremisesChange] = []
    flat = house(2, "1", PARENT_UPRN="1", SUB_BUILDING="FLAT 1", CLASSIFICATION_CODE="RD06")
    take_in(service, write_csv(tmp_path / "split.csv", [flat]), told=told, mode="changes")
    assert [(change.uprn, change.old_residential, change.residential) for change in told] == [
        ("1", True, False)
    ]
    assert not premises_of(service)["1"].residential
    told.clear()
    take_in(service, write_csv(tmp_path / "join.csv", [{"UPRN": "2", "CHANGE_CODE": "D"}]), told=told)
    assert premises_of(service)["1"].residential
    assert sorted((change.uprn, change.residential, change.status) for change in told) == [
        ("1", True, "live"),
        ("2", True, "retired"),
    ]


def test_columns_are_found_by_name_in_any_order_and_case(service: Service, tmp_path: Path) -> None:
    header = [name.lower() for name in reversed([*house(1)])]
    row = {name.lower(): value for name, value in house(1).items()}
    take_in(service, write_csv(tmp_path / "p.csv", [row], header))
    assert premises_of(service)["1"].address == "1 Made Up Street, Hull, HU5 2AB"


def test_a_gz_file_and_one_with_a_byte_order_mark_are_read(service: Service, tmp_path: Path) -> None:
    plain = write_csv(tmp_path / "p.csv", [house(1)])
    packed = tmp_path / "p.csv.gz"
    packed.write_bytes(gzip.compress(b"\xef\xbb\xbf" + plain.read_bytes()))
    take_in(service, packed)
    assert counts(take_in(service, plain)) == (1, 0, 0, 1, 0, 0)


def test_bad_rows_are_rejected_with_line_and_reason_and_the_others_taken(
    service: Service, tmp_path: Path
) -> None:
    good = [house(uprn, str(uprn)) for uprn in range(1, 12)]
    bad = [
        house(20, UPRN="12x"),
        house(21, LATITUDE="0", LONGITUDE="0"),
        house(22, POSTCODE="NONSENSE"),
        house(23, USRN=""),
        house(24, LAST_UPDATE_DATE="2025-13-45"),
        house(25, LATITUDE="north"),
        house(1, "999"),
    ]
    file = write_csv(tmp_path / "p.csv", good + bad)
    with file.open("ab") as more:
        more.write(b"26,short\r\n27," + b"," * 25 + b"caf\xe9\r\n")
    summary = take_in(service, file, rejects=tmp_path / "out" / "rejects.csv")
    assert counts(summary) == (20, 11, 0, 0, 0, 9)
    assert summary.rejects_file == tmp_path / "out" / "rejects.csv"
    assert rejects(summary.rejects_file) == [
        ("13", "UPRN is not a number of up to 12 digits"),
        ("14", "its coordinates are not in Great Britain"),
        ("15", "POSTCODE is not a postcode"),
        ("16", "USRN is not a number of up to 8 digits"),
        ("17", "LAST_UPDATE_DATE is not a date (YYYY-MM-DD)"),
        ("18", "its coordinates are not numbers"),
        ("19", "UPRN 1 stands already on line 2, which was taken"),
        ("20", "the row is too short: 2 fields, the header has 27"),
        ("21", "it holds bytes that are not UTF-8; save the file as UTF-8"),
    ]
    assert premises_of(service)["1"].number == 1


def test_a_file_of_which_most_lines_are_bad_is_refused_whole(service: Service, tmp_path: Path) -> None:
    rows = [house(1), house(2, USRN=""), house(3, USRN="")]
    with pytest.raises(
        Problem, match=r"2 of 3 lines could not be taken, so nothing was imported.*line 3: USRN"
    ):
        take_in(service, write_csv(tmp_path / "p.csv", rows), rejects=tmp_path / "rejects.csv")
    assert premises_of(service) == {}
    assert len(rejects(tmp_path / "rejects.csv")) == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\xff\xfeU\x00P\x00", "UTF-16"),
        (b"PK\x03\x04rest", "ZIP archive"),
        (b"SQLite format 3\x00", "GeoPackage"),
        (b'{"type": "FeatureCollection"}', "doorstep import boundaries"),
        (b"pcd,pcd2,pcds,dointr\nHU5 2AB,,,\n", "doorstep import postcodes"),
        (b"LSOA21CD,LSOA21NM,WD24CD,WD24NM\na,b,c,d\n", "doorstep import lookups"),
        (b"UPRN,X_COORDINATE,Y_COORDINATE,LATITUDE,LONGITUDE\n", "OS Open UPRN"),
        (b"21,I,1,100,1,2,2007-01-01\n", "AddressBase Premium"),
        (b"UPRN,USRN,POSTCODE\n1,2,HU5 2AB\n", "PARENT_UPRN"),
        (b"990000000001,,I,2\n", "has no header line"),
        (b'UPRN,USRN\n1,"never closed' + b"x" * 30_000, "UPRN|quote"),
    ],
)
def test_a_wrong_file_is_refused_with_what_to_do(
    content: bytes, told: str, service: Service, tmp_path: Path
) -> None:
    file = tmp_path / "file.csv"
    file.write_bytes(content)
    with pytest.raises(Problem, match=told):
        take_in(service, file)
    assert premises_of(service) == {}
    assert rows_of(service, ImportRun) == []


def test_a_quote_that_is_never_closed_and_a_damaged_gz_are_refused(service: Service, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "p.csv", [house(1)])
    with file.open("ab") as more:
        more.write(b'2,"never closed' + b"\nx" * 30_000)
    with pytest.raises(Problem, match="is a quote not closed"):
        take_in(service, file)
    damaged = tmp_path / "p.csv.gz"
    damaged.write_bytes(gzip.compress(write_csv(tmp_path / "q.csv", [house(1)]).read_bytes())[:-20])
    with pytest.raises(Problem, match="damaged"):
        take_in(service, damaged)
    with pytest.raises(Problem, match=r"There is no file absent\.csv"):
        take_in(service, tmp_path / "absent.csv")
    assert premises_of(service) == {}


def test_nothing_is_half_imported_when_the_second_file_is_wrong(service: Service, tmp_path: Path) -> None:
    good = write_csv(tmp_path / "good.csv", [house(1)])
    wrong = write_lines(tmp_path / "wrong.csv", "pcds,lat,long", "HU5 2AB,1,2")
    with pytest.raises(Problem, match="import postcodes"):
        take_in(service, good, wrong)
    assert premises_of(service) == {}
    assert rows_of(service, Street) == []


def test_nothing_is_half_imported_when_the_room_above_fails(service: Service, tmp_path: Path) -> None:
    take_in(service, write_csv(tmp_path / "old.csv", [house(1), house(2, "2")]))

    def fails(_session: Session, changes: list[PremisesChange]) -> None:
        if changes:
            raise RuntimeError("planted")

    file = write_csv(tmp_path / "new.csv", [house(1, "9"), house(2, "2"), house(3, "3")])
    with pytest.raises(RuntimeError, match="planted"):
        import_premises(
            service,
            [file],
            principal=Principal("account:1", permissions=frozenset({"geography.import"})),
            on_changed=fails,
        )
    assert {uprn: row.number for uprn, row in premises_of(service).items()} == {"1": 1, "2": 2}


def plus(uprn: int, **changed: str) -> dict[str, str]:
    row = dict.fromkeys(PLUS_HEADER, "")
    row |= {"UPRN": str(uprn), "CHANGE_TYPE": "I", "STATE": "2", "CLASS": "RD06", "USRN": "90000001"}
    row |= {"LATITUDE": "53.7650000", "LONGITUDE": "-0.3450000", "LAST_UPDATE_DATE": "01/11/2025"}
    row |= {
        "SAO_START_NUMBER": "2",
        "SAO_START_SUFFIX": "B",
        "PAO_START_NUMBER": "10",
        "PAO_END_NUMBER": "12",
    }
    row |= {"STREET_DESCRIPTION": "MADE UP STREET", "TOWN_NAME": "HULL", "POST_TOWN": "HULL"}
    row |= {"POSTCODE_LOCATOR": "HU5 2AB"}
    return row | changed


def test_addressbase_plus_is_read_too(service: Service, tmp_path: Path) -> None:
    rows = [
        plus(1),
        plus(2, STATE="4"),
        plus(3, STATE="6", SAO_START_NUMBER="", SAO_START_SUFFIX="", PAO_TEXT="THE OLD MILL"),
        plus(4, SUB_BUILDING_NAME="BASEMENT FLAT", SAO_START_NUMBER="", SAO_START_SUFFIX=""),
        plus(5, LATITUDE="", LONGITUDE="", X_COORDINATE="509000.00", Y_COORDINATE="431000.00"),
    ]
    assert counts(take_in(service, write_csv(tmp_path / "p.csv", rows, PLUS_HEADER), mode="full")) == (
        5,
        4,
        0,
        0,
        0,
        0,
    )
    found = premises_of(service)
    assert found["1"].address == "Flat 2B, 10-12 Made Up Street, Hull, HU5 2AB"
    assert (found["1"].number, found["1"].number_text, found["1"].sub_building) == (10, "10-12", "Flat 2B")
    assert "2" not in found
    assert (found["3"].residential, found["3"].building) == (False, "The Old Mill")
    assert found["4"].sub_building == "Basement Flat"
    assert found["5"].lon == pytest.approx(-0.3479, abs=1e-3)


def test_a_header_in_a_file_of_its_own_serves_the_files_after_it(service: Service, tmp_path: Path) -> None:
    header = write_csv(tmp_path / "header.csv", [], PLUS_HEADER)
    data = write_csv(tmp_path / "data.csv", [plus(1), plus(2)], PLUS_HEADER)
    data.write_text(data.read_text("utf-8").partition("\n")[2], "utf-8", newline="")
    assert counts(take_in(service, header, data)) == (2, 2, 0, 0, 0, 0)


def test_one_who_may_not_import_is_refused_before_the_file_is_read(service: Service, tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"geography\.import"):
        import_premises(
            service, [tmp_path / "absent.csv"], principal=Principal("account:1"), on_changed=lambda *_: None
        )


def test_an_import_leaves_its_record_and_its_audit_entry(service: Service, tmp_path: Path) -> None:
    take_in(service, write_csv(tmp_path / "p.csv", [house(1)]))
    (run,) = rows_of(service, ImportRun)
    assert (run.kind, run.source, len(run.sha256), run.summary["new"]) == ("premises", "p.csv", 64, 1)
    entry = service.db.read(
        lambda session: session.execute(
            text("SELECT action, target FROM audit_entry WHERE action = 'import.premises'")
        ).all()
    )
    assert [tuple(row) for row in entry] == [("import.premises", "p.csv")]
    assert service.db.read(verify) == []


def test_changed_streets_are_locked_before_the_room_above_is_told(service: Service, tmp_path: Path) -> None:
    if service.db.is_sqlite:
        pytest.skip("on SQLite BEGIN IMMEDIATE locks everything")
    take_in(service, write_csv(tmp_path / "old.csv", [house(1), house(2, "2", USRN="90000002")]))
    waited: list[bool] = []

    def on_changed(_session: Session, changes: list[PremisesChange]) -> None:
        if not changes:
            return

        def other() -> None:
            def work(session: Session) -> None:
                session.execute(text("SET LOCAL lock_timeout = '100ms'"))
                lock_streets(session, ["90000001"])

            try:
                service.db.transact(work)
                waited.append(False)
            except Exception:  # the lock's time-out is what is hoped for
                waited.append(True)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join(10)

    file = write_csv(tmp_path / "new.csv", [house(1, "9"), house(2, "2", USRN="90000002")])
    import_premises(service, [file], principal=Principal("system"), on_changed=on_changed)
    assert waited == [True]


def test_the_projects_area_has_as_many_houses_as_the_census_counts(service: Service) -> None:
    import_lookups(service, [AREA / "lookups.csv"], principal=SYSTEM)
    layers = [AREA / f"{name}.geojson" for name in ("districts", "wards", "lsoa21", "lsoa11")]
    assert import_boundaries(service, layers, principal=SYSTEM).rejected == 0
    import_postcodes(service, [AREA / "postcodes.csv"], principal=SYSTEM)
    summary = take_in(service, AREA / "premises.csv.gz")
    assert counts(summary) == (10_746, 10_746, 0, 0, 0, 0)

    def houses(session: Session) -> dict[str, int]:
        rows = session.execute(
            select(Premises.ward_code, func.count())
            .where(Premises.residential, Premises.status == "live")
            .group_by(Premises.ward_code)
        )
        return {row[0]: row[1] for row in rows}

    assert service.db.read(houses) == {"E05011526": 7_074, "E05011544": 3_389}


def test_what_is_retired_already_does_not_retire_again(service: Service, tmp_path: Path) -> None:
    every = [house(uprn, str(uprn)) for uprn in range(1, 11)]
    take_in(service, write_csv(tmp_path / "full.csv", every))
    less = write_csv(tmp_path / "less.csv", every[:-1])
    assert counts(take_in(service, less)) == (9, 0, 0, 9, 1, 0)
    told: list[PremisesChange] = []
    assert counts(take_in(service, less, told=told)) == (9, 0, 0, 9, 0, 0)
    assert told == []


def test_rejects_that_cannot_be_written_stop_the_import(service: Service, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "p.csv", [house(1), house(2), house(3, USRN="")])
    (tmp_path / "taken").write_text("a file where a folder should be", "utf-8")
    with pytest.raises(UserError, match="give another place with --rejects"):
        take_in(service, file, rejects=tmp_path / "taken" / "rejects.csv")
    assert premises_of(service) == {}


def test_a_first_import_leaves_the_indexes_as_the_migrations_made_them(
    service: Service, tmp_path: Path
) -> None:
    if service.db.is_sqlite:
        pytest.skip("on SQLite the indexes are left alone")
    listed = text(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'premises' ORDER BY indexname"
    )
    before = service.db.read(lambda session: session.execute(listed).all())
    take_in(service, write_csv(tmp_path / "p.csv", [house(1)]))
    assert service.db.read(lambda session: session.execute(listed).all()) == before
    assert any("USING gist" in row.indexdef for row in before)

"""Postcode directories in their three generations of headers, and Code-Point Open."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.base.access import SYSTEM
from server.base.problems import Problem
from server.base.service import Service
from server.geography.importing.postcodes import import_postcodes, positions_of
from server.geography.importing.report import ImportSummary
from server.geography.synthesis.output import NSPL_2025
from server.geography.tables import Postcode
from tests.geography.files import (
    AREA,
    DISTRICT,
    EAST,
    WEST,
    counts,
    feature,
    house,
    premises_of,
    rows_of,
    square,
    take_in,
    two_wards,
    write_csv,
    write_features,
    write_lines,
)

ONSPD = (
    "pcd,pcd2,pcds,dointr,doterm,oscty,ced,oslaua,osward,parish,usertype,oseast1m,osnrth1m,osgrdind,oshlthau,nhser,"
    "ctry,rgn,streg,pcon,eer,teclec,ttwa,pct,itl,statsward,oa01,casward,npark,lsoa01,msoa01,ur01ind,oac01,oa11,"
    "lsoa11,msoa11,wz11,sicbl,bua24,ru11ind,oac11,lat,long,lep1,lep2,pfa,imd,calncv,icb,oa21,lsoa21,msoa21"
)
NSPL_2021 = (
    "pcd,pcd2,pcds,dointr,doterm,usertype,oseast1m,osnrth1m,osgrdind,oa21,cty,ced,laua,ward,nhser,ctry,rgn,pcon,ttwa,"
    "itl,npark,lsoa21,msoa21,wz11,sicbl,bua22,ru11ind,oac11,lat,long,lep1,lep2,pfa,imd,icb"
)
NSPL_2011 = (
    "pcd,pcd2,pcds,dointr,doterm,usertype,oseast1m,osnrth1m,osgrdind,oa11,cty,ced,laua,ward,hlthau,nhser,ctry,rgn,pcon,"
    "eer,teclec,ttwa,pct,itl,park,lsoa11,msoa11,wz11,ccg,bua11,buasd11,ru11ind,oac11,lat,long,lep1,lep2,pfa,imd,calncv,stp"
)
GENERATIONS = {
    "ONSPD": (ONSPD, "oslaua", "osward", "lsoa21"),
    "NSPL of 2011 geography": (NSPL_2011, "laua", "ward", None),
    "NSPL of 2021 geography": (NSPL_2021, "laua", "ward", "lsoa21"),
    "NSPL of 2025": (",".join(NSPL_2025), "lad25cd", "wd25cd", "lsoa21cd"),
    "NSPL of 2026": (
        ",".join(NSPL_2025).replace("lad25", "lad26").replace("wd25", "wd26"),
        "lad26cd",
        "wd26cd",
        "lsoa21cd",
    ),
}


def postcodes(service: Service, *files: Path) -> ImportSummary:
    return import_postcodes(service, list(files), principal=SYSTEM)


def stored(service: Service) -> dict[str, tuple[object, ...]]:
    return {
        row.pcds: (row.lon, row.lat, row.ward_code, row.district_code, row.lsoa21_code, row.terminated_on)
        for row in rows_of(service, Postcode)
    }


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_generation_of_header_is_read_by_its_names(
    generation: str, service: Service, tmp_path: Path
) -> None:
    header, district, ward, lsoa = GENERATIONS[generation]
    columns = header.split(",")
    rows = [
        {"pcds": "HU5 2AB", "lat": "53.765", "long": "-0.345", "doterm": "", district: DISTRICT, ward: WEST},
        {"pcds": "hu52ac", "lat": "99.999999", "long": "0.000000", "doterm": "201806", district: DISTRICT}
        | {ward: "E99999999"},
    ]
    if lsoa:
        rows[0][lsoa] = "E01000001"
    file = write_csv(tmp_path / "p.csv", rows, columns)
    assert counts(postcodes(service, file)) == (2, 2, 0, 0, 0, 0)
    assert stored(service) == {
        "HU5 2AB": (-0.345, 53.765, WEST, DISTRICT, "E01000001" if lsoa else None, None),
        "HU5 2AC": (None, None, None, DISTRICT, None, "2018-06"),
    }
    assert counts(postcodes(service, file)) == (2, 0, 0, 2, 0, 0)


def test_of_two_vintages_the_later_is_taken() -> None:
    found = positions_of(["pcd7", "pcds", "wd23cd", "wd25cd", "lad24cd", "wd24cd"])
    assert (found["postcode"], found["ward"], found["district"]) == (1, 3, 4)


def test_code_point_open_has_no_header_and_gets_lsoas_from_boundaries(
    service: Service, tmp_path: Path
) -> None:
    two_wards(service, tmp_path)
    lsoas = write_features(
        tmp_path / "l.geojson",
        feature(square(-0.4, 53.7, -0.3, 53.8), LSOA21CD="E01000001", LSOA21NM="West 1"),
    )
    from server.geography.importing.boundaries import import_boundaries

    import_boundaries(service, [lsoas], principal=SYSTEM)
    file = write_lines(
        tmp_path / "hu.csv",
        f'"HU5 2AB",10,509200,431000,"E92000001","E19000001","E18000003","","{DISTRICT}","{WEST}"',
        f'"HU5 2AC",90,0,0,"E92000001","E19000001","E18000003","","{DISTRICT}","{EAST}"',
    )
    assert counts(postcodes(service, file)) == (2, 2, 0, 0, 0, 0)
    found = stored(service)
    assert found["HU5 2AB"][2:] == (WEST, DISTRICT, "E01000001", None)
    assert found["HU5 2AB"][0] == pytest.approx(-0.3449, abs=5e-4)
    assert found["HU5 2AC"] == (None, None, EAST, DISTRICT, None, None)


def test_what_a_file_does_not_say_stays_known(service: Service, tmp_path: Path) -> None:
    full = write_csv(
        tmp_path / "a.csv",
        [
            {
                "pcds": "HU5 2AB",
                "lat": "53.7",
                "long": "-0.3",
                "lad25cd": DISTRICT,
                "wd25cd": WEST,
                "lsoa21cd": "E01000001",
            }
        ],
        NSPL_2025,
    )
    postcodes(service, full)
    moved = write_lines(
        tmp_path / "b.csv", f'"HU5 2AB",10,509200,431000,"E92000001","","","","{DISTRICT}","{EAST}"'
    )
    assert counts(postcodes(service, moved)) == (1, 0, 1, 0, 0, 0)
    assert stored(service)["HU5 2AB"][2:5] == (EAST, DISTRICT, "E01000001")


def test_a_postcode_that_ends_counts_as_retired_and_one_that_comes_back_is_changed(
    service: Service, tmp_path: Path
) -> None:
    row = {"pcds": "HU5 2AB", "lat": "53.7", "long": "-0.3", "lad25cd": DISTRICT, "wd25cd": WEST}
    live = write_csv(tmp_path / "a.csv", [row], NSPL_2025)
    ended = write_csv(tmp_path / "b.csv", [row | {"doterm": "202511"}], NSPL_2025)
    postcodes(service, live)
    assert counts(postcodes(service, ended)) == (1, 0, 0, 0, 1, 0)
    assert stored(service)["HU5 2AB"][-1] == "2025-11"
    assert counts(postcodes(service, live)) == (1, 0, 1, 0, 0, 0)
    assert stored(service)["HU5 2AB"][-1] is None


def test_a_national_file_gives_only_this_forces_postcodes(service: Service, tmp_path: Path) -> None:
    two_wards(service, tmp_path)
    rows = [
        {"pcds": "HU5 2AB", "lat": "53.7", "long": "-0.3", "lad25cd": DISTRICT, "wd25cd": WEST},
        {"pcds": "LS1 4AP", "lat": "53.8", "long": "-1.5", "lad25cd": "E08000035", "wd25cd": "E05011395"},
    ]
    summary = postcodes(service, write_csv(tmp_path / "uk.csv", rows, NSPL_2025))
    assert (summary.new, summary.passed_over) == (1, 1)
    assert list(stored(service)) == ["HU5 2AB"]


def test_bad_rows_are_rejected_with_their_lines(service: Service, tmp_path: Path) -> None:
    good = [
        {"pcds": f"HU5 {place}AB", "lat": "53.7", "long": "-0.3", "lad25cd": DISTRICT, "wd25cd": WEST}
        for place in range(1, 7)
    ]
    bad = [
        good[0],
        good[1] | {"pcds": "HELLO"},
        good[2] | {"pcds": ""},
        good[3] | {"pcds": "HU9 9ZZ", "lat": "north"},
    ]
    bad.append(good[3] | {"pcds": "HU9 9ZY", "doterm": "soon"})
    summary = postcodes(service, write_csv(tmp_path / "p.csv", good + bad, NSPL_2025))
    assert counts(summary) == (11, 6, 0, 0, 0, 5)
    assert summary.rejects_file is not None
    assert summary.rejects_file.read_text("utf-8").splitlines()[1:] == [
        'p.csv,8,"HU5 1AB stands already on line 2, which was taken"',
        "p.csv,9,POSTCODE is not a postcode",
        "p.csv,10,the postcode is empty",
        "p.csv,11,its coordinates are not numbers",
        "p.csv,12,DOTERM is not a month (YYYYMM)",
    ]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["UPRN,USRN,POSTCODE", "1,2,HU5 2AB"], "import premises"),
        (["LSOA21CD,LSOA21NM,WD24CD,WD24NM", "a,b,c,d"], "import lookups"),
        (['{"features": []}'], "import boundaries"),
        (["pcds,lat,long", "HU5 2AB,53,0"], "WD25CD, LAD25CD"),
    ],
)
def test_a_file_that_is_no_postcode_directory_is_refused(
    lines: list[str], told: str, service: Service, tmp_path: Path
) -> None:
    with pytest.raises(Problem, match=told):
        postcodes(service, write_lines(tmp_path / "x.csv", *lines))
    assert stored(service) == {}


def test_a_house_without_a_boundary_takes_its_ward_from_its_postcode(
    service: Service, tmp_path: Path
) -> None:
    two_wards(service, tmp_path)
    row = {"pcds": "HU5 2AB", "lat": "53.7", "long": "-0.3", "lad25cd": DISTRICT, "wd25cd": EAST}
    postcodes(service, write_csv(tmp_path / "a.csv", [row], NSPL_2025))
    take_in(service, write_csv(tmp_path / "p.csv", [house(1, LATITUDE="54.5000000")]))
    premises = premises_of(service)["1"]
    assert (premises.ward_code, premises.district_code) == (EAST, DISTRICT)


def test_the_projects_postcodes_are_all_taken(service: Service) -> None:
    assert counts(postcodes(service, AREA / "postcodes.csv")) == (543, 543, 0, 0, 0, 0)

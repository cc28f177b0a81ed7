"""Areas, postcodes, streets and premises: what the address file and the boundary files say."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Date, Float, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.base.db import Base, BigId, Json, UtcTime
from server.base.spatial import Shape


class Area(Base):
    """A force, district, ward or beat, or an LSOA beside them. `path` is '/force/district/ward/' of codes.

    An LSOA has the path of its ward (best fit) with its own code at the end. Its kind is lsoa21, also where it was the
    same in 2011 already; lsoa11 are those that ended.
    """

    __tablename__ = "area"
    __table_args__ = (
        Index("ix_area_geometry", "geometry", postgresql_using="gist").ddl_if(dialect="postgresql"),
    )

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, index=True)
    name: Mapped[str] = mapped_column(Text)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("area.code"), index=True)
    path: Mapped[str] = mapped_column(Text, index=True)
    geometry: Mapped[BaseGeometry | None] = mapped_column(Shape("MULTIPOLYGON"))


class Postcode(Base):
    """A postcode unit with its centroid and the areas it falls in."""

    __tablename__ = "postcode"

    pcds: Mapped[str] = mapped_column(Text, primary_key=True)
    lon: Mapped[float | None] = mapped_column(Float)
    lat: Mapped[float | None] = mapped_column(Float)
    ward_code: Mapped[str | None] = mapped_column(Text, index=True)
    district_code: Mapped[str | None] = mapped_column(Text)
    lsoa21_code: Mapped[str | None] = mapped_column(Text)
    terminated_on: Mapped[str | None] = mapped_column(Text)


class Street(Base):
    """A street by USRN. Its row is the lock for all that is counted on it (DESIGN section 4)."""

    __tablename__ = "street"

    usrn: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, index=True)
    locality: Mapped[str] = mapped_column(Text, default="")
    town: Mapped[str] = mapped_column(Text, default="")


class StreetPlace(Base):
    """Where a street lies, ward by ward, in degrees: the mean of its premises (`lon`, `lat`) and what holds them all.

    Kept by `geography.street_places`, so that maps and bounds never read the premises of a force.
    """

    __tablename__ = "street_place"
    __table_args__ = (
        Index("ix_street_place_lon_lat", "lon", "lat"),
        Index("ix_street_place_ward_code", "ward_code"),
    )

    usrn: Mapped[str] = mapped_column(ForeignKey("street.usrn"), primary_key=True)
    ward_code: Mapped[str] = mapped_column(Text, primary_key=True, default="")
    lon: Mapped[float] = mapped_column(Float)
    lat: Mapped[float] = mapped_column(Float)
    west: Mapped[float] = mapped_column(Float)
    south: Mapped[float] = mapped_column(Float)
    east: Mapped[float] = mapped_column(Float)
    north: Mapped[float] = mapped_column(Float)


class Premises(Base):
    """One addressable place. Only `residential` and `live` ones are knocked at; others carry flats or history.

    `decided` says what a coordinator made of it before the address file did: provisional (the file does not have it
    yet), retired, not_a_home, split or renamed; "" otherwise. It holds until the file tells of the premises anew.
    """

    __tablename__ = "premises"
    __table_args__ = (
        Index("ix_premises_ward_usrn", "ward_code", "usrn"),
        Index("ix_premises_lon_lat", "lon", "lat"),  # what a map tile takes in
        Index("ix_premises_point", "point", postgresql_using="gist").ddl_if(dialect="postgresql"),
    )

    uprn: Mapped[str] = mapped_column(Text, primary_key=True)
    usrn: Mapped[str] = mapped_column(ForeignKey("street.usrn"), index=True)
    ward_code: Mapped[str | None] = mapped_column(Text)
    district_code: Mapped[str | None] = mapped_column(Text)
    lsoa21_code: Mapped[str | None] = mapped_column(Text, index=True)
    parent_uprn: Mapped[str | None] = mapped_column(Text, index=True)
    address: Mapped[str] = mapped_column(Text)
    number: Mapped[int | None]
    number_text: Mapped[str] = mapped_column(Text, default="")
    sub_building: Mapped[str] = mapped_column(Text, default="")
    building: Mapped[str] = mapped_column(Text, default="")
    postcode: Mapped[str] = mapped_column(Text, index=True)
    classification: Mapped[str] = mapped_column(Text)
    residential: Mapped[bool]
    status: Mapped[str] = mapped_column(Text, default="live")
    lon: Mapped[float] = mapped_column(Float)
    lat: Mapped[float] = mapped_column(Float)
    point: Mapped[BaseGeometry | None] = mapped_column(Shape("POINT"))
    decided: Mapped[str] = mapped_column(Text, server_default="")
    updated_on: Mapped[date | None] = mapped_column(Date)
    digest: Mapped[str] = mapped_column(Text)


class ImportRun(Base):
    """One run of an importer: which file, by whom, and what it did."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    summary: Mapped[dict[str, Any]] = mapped_column(Json)
    started_at: Mapped[datetime] = mapped_column(UtcTime)
    finished_at: Mapped[datetime] = mapped_column(UtcTime)

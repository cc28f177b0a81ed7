"""How areas, streets and premises look to clients of the API."""

from __future__ import annotations

import marshmallow as ma

from server.base.paging import PageQuery, page_of

KINDS = ("force", "district", "ward", "beat", "lsoa21", "lsoa11")


class AreaQuery(PageQuery):
    """Filters of the list of areas."""

    kind = ma.fields.String(validate=ma.validate.OneOf(KINDS))
    parent = ma.fields.String(validate=ma.validate.Length(max=20))
    name = ma.fields.String(validate=ma.validate.Length(max=100))


class AreaSchema(ma.Schema):
    """An area; its path is '/force/district/ward/' of codes."""

    code = ma.fields.String()
    kind = ma.fields.String()
    name = ma.fields.String()
    parent_code = ma.fields.String(allow_none=True)
    path = ma.fields.String()


class StreetQuery(PageQuery):
    """Filters of the list of streets."""

    area = ma.fields.String(validate=ma.validate.Length(max=20), metadata={"description": "An area's code."})
    name = ma.fields.String(validate=ma.validate.Length(max=100))


class StreetSchema(ma.Schema):
    """A street."""

    usrn = ma.fields.String()
    name = ma.fields.String()
    locality = ma.fields.String()
    town = ma.fields.String()


class WardHomesSchema(ma.Schema):
    """How many live homes of a street lie in one ward."""

    ward_code = ma.fields.String(allow_none=True)
    homes = ma.fields.Integer()


class StreetDetailSchema(StreetSchema):
    """A street with its homes by ward."""

    wards = ma.fields.List(ma.fields.Nested(WardHomesSchema))


class PremisesQuery(PageQuery):
    """Filters of the list of premises."""

    area = ma.fields.String(validate=ma.validate.Length(max=20), metadata={"description": "An area's code."})
    usrn = ma.fields.String(validate=ma.validate.Length(max=8))
    postcode = ma.fields.String(validate=ma.validate.Length(min=5, max=10))
    status = ma.fields.String(validate=ma.validate.OneOf(("live", "retired")))
    residential = ma.fields.Boolean()


class PremisesSchema(ma.Schema):
    """One addressable place."""

    uprn = ma.fields.String()
    usrn = ma.fields.String()
    address = ma.fields.String()
    postcode = ma.fields.String()
    parent_uprn = ma.fields.String(allow_none=True)
    classification = ma.fields.String()
    residential = ma.fields.Boolean()
    status = ma.fields.String()
    ward_code = ma.fields.String(allow_none=True)
    district_code = ma.fields.String(allow_none=True)
    lsoa21_code = ma.fields.String(allow_none=True)
    lon = ma.fields.Float()
    lat = ma.fields.Float()


AreaPage = page_of(AreaSchema)
StreetPage = page_of(StreetSchema)
PremisesPage = page_of(PremisesSchema)

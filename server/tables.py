"""Imports every room's tables, so that migrations, checks and rotation see the whole schema and every sealed column."""

from __future__ import annotations

from server.base import tables as base
from server.base.db import Base
from server.devices import tables as devices
from server.engagement import tables as engagement
from server.exchange import tables as exchange
from server.fieldwork import tables as fieldwork
from server.geography import tables as geography
from server.post import tables as post
from server.residents import tables as residents
from server.staff import tables as staff
from server.surveys import tables as surveys
from server.targeting import tables as targeting

ROOMS = (
    base,
    geography,
    staff,
    devices,
    fieldwork,
    post,
    residents,
    surveys,
    engagement,
    targeting,
    exchange,
)
METADATA = Base.metadata

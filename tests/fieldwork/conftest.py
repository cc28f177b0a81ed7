"""A force with houses, and somebody who may decide about them."""

from __future__ import annotations

import pytest

from server.base.access import Principal
from server.base.service import Service
from tests.factories.fieldwork import create_force, create_supervisor


@pytest.fixture
def supervisor(service: Service) -> Principal:
    """A supervisor of the whole force; the force is there."""
    create_force(service)
    return create_supervisor(service)

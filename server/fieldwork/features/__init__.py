"""Coverage for maps of other programs: OGC API – Features 1.0 (Core, GeoJSON, OpenAPI 3.0), read only."""

"""Files to take away: one sheet of rows, written as CSV, GeoJSON or GeoPackage."""

"""A map of areas as SVG, shaded by a share and numbered: pure. For paper, where no tiles are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

import shapely
from markupsafe import Markup, escape
from shapely.affinity import affine_transform
from shapely.geometry.base import BaseGeometry

from server.base.charts import DARK_FROM, FONTS, INK, STEPS, heat_step

WIDTH, HIGHEST = 480.0, 480.0
DETAIL = 0.8  # of the drawing's units: how far a simplified border may lie from the true one
LEGEND = 34.0
GROUND = "#ffffff"
TOPS = (
    0.06,
    0.12,
    0.3,
    0.6,
    1.0,
)  # the highest share that the shades reach to: the first that all areas fit in


@dataclass(frozen=True)
class MapArea:
    """An area to draw: the number that names it in the table, its shape in degrees, its share (None: not known)."""

    number: int
    shape: BaseGeometry
    share: float | None


def area_map(title: str, areas: Sequence[MapArea], *, about: str = "") -> Markup | None:
    """The areas side by side, north up, the darker the higher the share, each with its number; None without shapes."""
    known = [area for area in areas if area.shape is not None and not area.shape.is_empty]
    if not known:
        return None
    west, south, east, north = shapely.total_bounds([area.shape for area in known])
    shrink = cos(radians((south + north) / 2))
    scale = min(WIDTH / max((east - west) * shrink, 1e-9), HIGHEST / max(north - south, 1e-9))
    height = (north - south) * scale
    left = (WIDTH - (east - west) * shrink * scale) / 2
    to_paper = [scale * shrink, 0, 0, -scale, left - west * shrink * scale, north * scale]
    drawn = [(area, affine_transform(area.shape, to_paper)) for area in known]
    most = max((area.share for area in known if area.share is not None), default=0.0)
    top = next((top for top in TOPS if most <= top), 1.0)
    parts = [_outline(shape, _step(area, top)) for area, shape in drawn]
    parts += [_label(area, shape, _step(area, top)) for area, shape in drawn]
    parts += _legend(height + 12, top)
    return Markup(  # noqa: S704 - every text in it is escaped where it is put in
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH:.0f} {height + LEGEND:.0f}">'
        f"<title>{escape(title)}</title><desc>{escape(about)}</desc>{''.join(parts)}</svg>"
    )


def _step(area: MapArea, top: float) -> int | None:
    return heat_step(None if area.share is None else area.share / top)


def _outline(shape: BaseGeometry, step: int | None) -> str:
    """The area's rings as one path; one that is smaller than the detail is drawn unsimplified."""
    simple = shape.simplify(DETAIL, preserve_topology=True)
    rings = []
    for part in getattr(simple, "geoms", [simple]):
        if part.geom_type == "Polygon":
            for ring in (part.exterior, *part.interiors):
                points = " ".join(f"{x:.1f},{y:.1f}" for x, y in ring.coords[:-1])
                rings.append(f"M{points}Z")
    path, paint = " ".join(rings), GROUND if step is None else STEPS[step]
    return f'<path d="{path}" fill="{paint}" fill-rule="evenodd" stroke="{INK}" stroke-width="0.5"/>'


def _label(area: MapArea, shape: BaseGeometry, step: int | None) -> str:
    """The area's number, where there is room for it inside."""
    west, south, east, north = shape.bounds
    size = min(11.0, max(4.0, min(east - west, north - south) / 2.5))
    point = shape.representative_point()
    ink = "#ffffff" if step is not None and step >= DARK_FROM else INK
    return (
        f'<text x="{point.x:.1f}" y="{point.y + size / 3:.1f}" font-size="{size:.1f}" font-family="{FONTS}" '
        f'text-anchor="middle" fill="{ink}">{area.number}</text>'
    )


def _legend(y: float, top: float) -> list[str]:
    wide, each = WIDTH / len(STEPS), 100 * top / len(STEPS)
    parts = []
    for place, paint in enumerate(STEPS):
        low, high = round(place * each), round((place + 1) * each)
        ink = "#ffffff" if place >= DARK_FROM else INK
        parts.append(
            f'<rect x="{place * wide:.1f}" y="{y:.1f}" width="{wide:.1f}" height="18" fill="{paint}" '
            f'stroke="{INK}" stroke-width="0.5"/>'
            f'<text x="{(place + 0.5) * wide:.1f}" y="{y + 13:.1f}" font-size="10" font-family="{FONTS}" '
            f'text-anchor="middle" fill="{ink}">{low} to {high} %</text>'
        )
    return parts

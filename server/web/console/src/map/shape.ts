/** The shape that a campaign was drawn by, outlined on its map: <div data-map data-shape="GeoJSON geometry">. */
import type { Map as LibreMap } from "maplibre-gl";

/** Put the shape of the map's page on it, where there is one. */
export function addShape(map: LibreMap, geometry: string | undefined): void {
  if (!geometry || map.getSource("chosen-shape")) return;
  const data = { type: "Feature" as const, properties: {}, geometry: JSON.parse(geometry) };
  map.addSource("chosen-shape", { type: "geojson", data });
  const paint = { "line-color": "#d4351c", "line-width": 3 };
  map.addLayer({ id: "chosen-shape", type: "line", source: "chosen-shape", paint });
}

/** Names of areas as HTML on the map: no glyphs have to be loaded, and they are in the page's own letters. */
import { type Map as LibreMap, Marker } from "maplibre-gl";

const APART = { x: 90, y: 34 }; // pixels that two labels keep between their middles

/** Keep the labels of the areas in sight, the largest first, none over another. */
export function keepLabels(map: LibreMap): void {
  const shown = new Map<string, Marker>();
  const renew = () => {
    const wanted = chosen(map);
    for (const [code, marker] of shown) {
      if (wanted.has(code)) continue;
      marker.remove();
      shown.delete(code);
    }
    for (const [code, { at, words }] of wanted) {
      if (shown.has(code)) continue;
      const element = document.createElement("span");
      element.className = "map__label";
      element.textContent = words;
      element.setAttribute("aria-hidden", "true"); // the table beside the map says the same
      shown.set(code, new Marker({ element }).setLngLat(at).addTo(map));
    }
  };
  map.on("idle", renew);
}

interface Label {
  at: [number, number];
  words: string;
}

function chosen(map: LibreMap): Map<string, Label> {
  const found = map.querySourceFeatures("areas", { sourceLayer: "labels" });
  found.sort((one, other) => Number(other.properties.eligible) - Number(one.properties.eligible));
  const wanted = new Map<string, Label>();
  const taken: { x: number; y: number }[] = [];
  const { width, height } = map.getCanvas().getBoundingClientRect();
  for (const { properties, geometry } of found) {
    if (geometry.type !== "Point" || wanted.has(properties.code)) continue;
    const at = geometry.coordinates as [number, number];
    const point = map.project(at);
    if (point.x < 0 || point.y < 0 || point.x > width || point.y > height) continue;
    if (taken.some((one) => Math.abs(one.x - point.x) < APART.x && Math.abs(one.y - point.y) < APART.y))
      continue;
    taken.push(point);
    wanted.set(properties.code, { at, words: `${properties.name} ${share(properties)}` });
  }
  return wanted;
}

/** How many of a place's houses were visited: "31 %". */
export function share(counted: Record<string, unknown>): string {
  const [visited, eligible] = [Number(counted.visited), Number(counted.eligible)];
  return eligible > 0 ? `${Math.round((100 * visited) / eligible)} %` : "–";
}

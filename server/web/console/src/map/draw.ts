/**
 * Draws a polygon into <textarea data-draw>: a click adds a corner, the first corner or "Finish" closes it. What is
 * drawn stands in the textarea as GeoJSON, where it can be pasted or corrected too: that is the way by keyboard.
 */
import type { GeoJSONSource, Map as LibreMap } from "maplibre-gl";
import { type Box, makeMap } from "./make.ts";
import { styleOf } from "./style.ts";

type Corner = [number, number];
const DECIMALS = 6;
const CLOSE = 12; // pixels from the first corner that close the shape

/** Put a map before the textarea. */
export async function drawInto(area: HTMLTextAreaElement, box: Box | null): Promise<void> {
  const { baseMap = "", attribution = "" } = area.dataset;
  const inside = document.createElement("div");
  inside.className = "map__canvas";
  const told = document.createElement("p");
  told.className = "govuk-hint map__told";
  told.setAttribute("role", "status");
  const tools = document.createElement("div");
  tools.className = "govuk-button-group";
  area.before(inside, tools, told);
  const style = styleOf({ campaign: "0", level: "house", baseMap, attribution });
  const map = makeMap(inside, style, box, "Map to draw a shape on");
  new Drawing(map, area, tools, told);
}

class Drawing {
  private corners: Corner[] = [];
  private closed = false;

  constructor(
    private readonly map: LibreMap,
    private readonly area: HTMLTextAreaElement,
    tools: HTMLElement,
    private readonly told: HTMLElement,
  ) {
    tools.append(
      this.button("Undo last corner", () => this.undo()),
      this.button("Finish shape", () => this.close()),
      this.button("Start again", () => this.clear()),
    );
    this.readArea();
    map.on("load", () => this.begin());
    map.on("click", (event) => this.add(event.point, [event.lngLat.lng, event.lngLat.lat]));
    area.addEventListener("change", () => {
      this.readArea();
      this.show();
    });
  }

  private button(words: string, act: () => void): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "govuk-button govuk-button--secondary";
    button.textContent = words;
    button.addEventListener("click", act);
    return button;
  }

  private begin(): void {
    this.map.getCanvas().style.cursor = "crosshair";
    this.map.addSource("drawn", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    const paint = { "line-color": "#d4351c", "line-width": 3 };
    this.map.addLayer({
      id: "drawn",
      type: "fill",
      source: "drawn",
      paint: { "fill-color": "#d4351c", "fill-opacity": 0.15 },
    });
    this.map.addLayer({ id: "drawn-line", type: "line", source: "drawn", paint });
    this.map.addLayer({
      id: "drawn-corners",
      type: "circle",
      source: "drawn",
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": 6,
        "circle-color": "#ffffff",
        "circle-stroke-width": 3,
        "circle-stroke-color": "#d4351c",
      },
    });
    this.show();
  }

  private add(point: { x: number; y: number }, corner: Corner): void {
    if (this.closed) return;
    const [first] = this.corners;
    if (first && this.corners.length > 2) {
      const start = this.map.project(first);
      if (Math.hypot(start.x - point.x, start.y - point.y) < CLOSE) return this.close();
    }
    this.corners.push(corner.map((one) => Number(one.toFixed(DECIMALS))) as Corner);
    this.show();
  }

  private undo(): void {
    if (this.closed) this.closed = false;
    else this.corners.pop();
    this.write();
  }

  private close(): void {
    this.closed = this.corners.length > 2;
    this.write();
  }

  private clear(): void {
    this.corners = [];
    this.closed = false;
    this.write();
  }

  private write(): void {
    this.area.value = this.closed ? JSON.stringify({ type: "Polygon", coordinates: [this.ring()] }) : "";
    this.show();
  }

  private ring(): Corner[] {
    const [first] = this.corners;
    return first ? [...this.corners, first] : [];
  }

  /** Take over what was pasted, as far as it is a polygon. */
  private readArea(): void {
    try {
      const pasted = JSON.parse(this.area.value);
      const ring = (pasted.geometry ?? pasted).coordinates[0] as Corner[];
      this.corners = ring.slice(0, -1).map(([lon, lat]) => [Number(lon), Number(lat)]);
      this.closed = this.corners.length > 2;
    } catch {
      this.closed = false;
    }
  }

  private show(): void {
    const many = this.corners.length;
    this.told.textContent = this.closed
      ? `The shape is closed, with ${many} corners.`
      : `${many} ${many === 1 ? "corner" : "corners"}. Click on the map to add corners; three make a shape.`;
    const source = this.map.getSource<GeoJSONSource>("drawn");
    if (!source) return;
    const points = this.corners.map((coordinates) => ({ type: "Point" as const, coordinates }));
    const line = { type: "LineString" as const, coordinates: this.closed ? this.ring() : this.corners };
    const area = this.closed ? [{ type: "Polygon" as const, coordinates: [this.ring()] }] : [];
    const shapes = [...area, ...(many > 1 ? [line] : []), ...points];
    source.setData({
      type: "FeatureCollection",
      features: shapes.map((geometry) => ({ type: "Feature", properties: {}, geometry })),
    });
  }
}

/** Makes a map in an element: with the worker, the controls that everybody can reach, and no motion nobody asked for. */
import {
  AttributionControl,
  Map as LibreMap,
  NavigationControl,
  ScaleControl,
  type StyleSpecification,
  setWorkerUrl,
} from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { FURTHEST_IN } from "./style.ts";

setWorkerUrl(new URL(workerUrl, location.href).href);

export type Box = [number, number, number, number];
const BRITAIN: Box = [-6, 50, 2, 56];
const LEAST = 0.0008; // degrees: a single house is not shown from its doorstep

/** The map, begun on the box. */
export function makeMap(
  inside: HTMLElement,
  style: StyleSpecification,
  box: Box | null,
  title: string,
): LibreMap {
  inside.replaceChildren();
  const map = new LibreMap({
    container: inside,
    style,
    bounds: wider(box ?? BRITAIN),
    fitBoundsOptions: { padding: 24, maxZoom: 17, animate: false },
    maxZoom: FURTHEST_IN,
    minZoom: 4,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    cooperativeGestures: true,
    fadeDuration: 0,
    locale: {
      "Map.Title": title,
      "CooperativeGesturesHandler.WindowsHelpText": "Hold Ctrl and scroll to zoom the map",
      "CooperativeGesturesHandler.MacHelpText": "Hold ⌘ and scroll to zoom the map",
      "CooperativeGesturesHandler.MobileHelpText": "Use two fingers to move the map",
    },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
  if (style.sources.base) map.addControl(new AttributionControl({ compact: false }));
  map.on("error", (event) => console.warn(`map: ${event.error?.message ?? "something failed"}`));
  return map;
}

function wider([west, south, east, north]: Box): Box {
  const [dx, dy] = [Math.max(0, LEAST - (east - west)) / 2, Math.max(0, LEAST - (north - south)) / 2];
  return [west - dx, south - dy, east + dx, north + dy];
}

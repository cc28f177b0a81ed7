/** What a click on the map shows: a few words and the way to the place's page. Made of elements, never of HTML text. */
import { type Map as LibreMap, type MapGeoJSONFeature, Popup } from "maplibre-gl";
import { share } from "./labels.ts";
import { labelOf } from "./marks.ts";
import { HOUSES_FROM } from "./style.ts";

const CLICKED = ["houses", "streets", "cells", "areas"];

/** Answer clicks: a cell comes nearer, everything else tells of itself. */
export function answerClicks(map: LibreMap, campaign: string): void {
  const layers = () => CLICKED.filter((id) => map.getLayer(id));
  map.on("click", (event) => {
    const near = 4;
    const around: [[number, number], [number, number]] = [
      [event.point.x - near, event.point.y - near],
      [event.point.x + near, event.point.y + near],
    ];
    const [first] = map.queryRenderedFeatures(around, { layers: layers() });
    if (!first) return;
    if (first.layer.id === "cells") {
      map.easeTo({ center: event.lngLat, zoom: Math.min(map.getZoom() + 2, HOUSES_FROM) });
      return;
    }
    new Popup({ focusAfterOpen: true, maxWidth: "260px" })
      .setLngLat(event.lngLat)
      .setDOMContent(told(first, campaign))
      .addTo(map);
  });
  map.on("mousemove", (event) => {
    const over = map.queryRenderedFeatures(event.point, { layers: layers() }).length > 0;
    map.getCanvas().style.cursor = over ? "pointer" : "";
  });
}

function told(feature: MapGeoJSONFeature, campaign: string): HTMLElement {
  const box = document.createElement("div");
  const { title, words, path } = about(feature);
  const head = document.createElement("p");
  const link = document.createElement("a");
  link.className = "govuk-link";
  link.href = `${path}${campaign === "0" ? "" : `?campaign=${encodeURIComponent(campaign)}`}`;
  link.textContent = title;
  head.append(link);
  box.append(head);
  for (const line of words) {
    const said = document.createElement("p");
    said.textContent = line;
    box.append(said);
  }
  return box;
}

function about({ layer, properties }: MapGeoJSONFeature): { title: string; words: string[]; path: string } {
  const part = (name: string) => encodeURIComponent(String(properties[name] ?? ""));
  if (layer.id === "houses") {
    const title = [properties.number, properties.street].filter(Boolean).join(" ");
    return { title, words: [labelOf(properties.mark)], path: `/console/houses/${part("uprn")}` };
  }
  const number = (name: string) => Number(properties[name]).toLocaleString("en-GB");
  const words = [
    `${share(properties)} visited: ${number("visited")} of ${number("eligible")} houses`,
    `${number("outstanding")} outstanding`,
  ];
  const place = layer.id === "streets" ? `streets/${part("usrn")}` : `coverage/${part("code")}`;
  return { title: String(properties.name), words, path: `/console/${place}` };
}

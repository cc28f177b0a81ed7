/** How the map looks: a plain ground, areas coloured by the share visited, streets as circles, houses as marks. */
import type { ExpressionSpecification, StyleSpecification } from "maplibre-gl";

export const GROUND = "#f7f5ef";
export const LINE = "#3d4449";
const STEPS: [number, string][] = [
  [0.2, "#c6dbef"],
  [0.4, "#85bcdb"],
  [0.6, "#3787c0"],
  [0.8, "#084d96"],
];
const NONE = "#f2f0e6";
export const HOUSES_FROM = 15;
export const FURTHEST_IN = 19;

/** The share of houses visited, of those that may be called on; 0 where there are none. */
const SHARE: ExpressionSpecification = [
  "case",
  [">", ["get", "eligible"], 0],
  ["/", ["get", "visited"], ["get", "eligible"]],
  0,
];
const COLOUR: ExpressionSpecification = ["step", SHARE, NONE, ...STEPS.flat()] as ExpressionSpecification;

/** Radius in pixels by the number of houses: the circle's area grows with them. */
const RADIUS: ExpressionSpecification = ["min", 26, ["max", 4, ["*", 0.55, ["sqrt", ["get", "premises"]]]]];

export interface Wanted {
  campaign: string;
  level: string;
  baseMap: string;
  attribution: string;
}

/** The style of a map of coverage. Addresses are whole: the worker that loads tiles knows no page to be relative to. */
export function styleOf(wanted: Wanted): StyleSpecification {
  const tiles = (what: string, query: string) => [
    `${location.origin}/console/tiles/${what}/{z}/{x}/{y}.pbf?${query}`,
  ];
  const level = wanted.level === "district" ? "district" : "ward";
  const style: StyleSpecification = {
    version: 8,
    sources: {
      areas: {
        type: "vector",
        tiles: tiles("areas", `campaign=${wanted.campaign}&level=${level}`),
        minzoom: 4,
        maxzoom: 13,
      },
      houses: {
        type: "vector",
        tiles: tiles("houses", `campaign=${wanted.campaign}`),
        minzoom: 5,
        maxzoom: HOUSES_FROM,
      },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": GROUND } },
      ...areaLayers(wanted.level),
      ...pointLayers(wanted.level),
    ],
  };
  return wanted.baseMap ? withBaseMap(style, wanted) : style;
}

function areaLayers(level: string): StyleSpecification["layers"] {
  const faint = level === "house";
  return [
    {
      id: "areas",
      type: "fill",
      source: "areas",
      "source-layer": "areas",
      paint: {
        "fill-color": faint ? GROUND : COLOUR,
        "fill-opacity": faint ? 0 : ["interpolate", ["linear"], ["zoom"], 13, 0.85, 15, 0.15],
      },
    },
    {
      id: "edges",
      type: "line",
      source: "areas",
      "source-layer": "areas",
      paint: { "line-color": LINE, "line-width": faint ? 1 : 1.5, "line-opacity": 0.7 },
    },
    {
      id: "labels",
      type: "circle",
      source: "areas",
      "source-layer": "labels",
      paint: { "circle-radius": 1, "circle-opacity": 0 },
    },
  ];
}

function pointLayers(level: string): StyleSpecification["layers"] {
  const circles = (id: string, minzoom: number) => ({
    id,
    type: "circle" as const,
    source: "houses",
    "source-layer": id,
    minzoom,
    paint: {
      "circle-radius": RADIUS,
      "circle-color": COLOUR,
      "circle-stroke-color": LINE,
      "circle-stroke-width": 1.25,
    },
  });
  return [
    circles("cells", level === "house" ? 0 : 24),
    circles("streets", level === "house" ? 0 : 13),
    {
      id: "houses",
      type: "symbol",
      source: "houses",
      "source-layer": "houses",
      minzoom: HOUSES_FROM,
      layout: {
        "icon-image": ["get", "mark"],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 15, 0.6, 17, 1, 19, 1.5],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
      },
    },
  ];
}

function withBaseMap(style: StyleSpecification, wanted: Wanted): StyleSpecification {
  const [ground, ...rest] = style.layers;
  return {
    ...style,
    sources: {
      ...style.sources,
      base: { type: "raster", tiles: [wanted.baseMap], tileSize: 256, attribution: wanted.attribution },
    },
    layers: [
      ...(ground ? [ground] : []),
      {
        id: "base",
        type: "raster",
        source: "base",
        paint: { "raster-opacity": 0.7, "raster-saturation": -0.6 },
      },
      ...rest,
    ],
  };
}

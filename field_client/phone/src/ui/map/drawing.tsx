/** The map's picture: marks, numbers, what comes next, what was chosen, the officer, how long a metre is, where north is. */

import { useMemo } from "preact/hooks";
import type { HouseView } from "../../contract";
import { draw, KINDS, RING_PIXELS, radiusOf, type Spot } from "./marks";
import { barOf, type Pixel, type Point, pixelOf, strided, type View } from "./plane";
import { spokenDistance } from "./words";

interface Props {
  spots: readonly Spot[];
  view: View;
  /** The officer has moved the map, and will probably go on. */
  isMoved: boolean;
  next: HouseView | null;
  /** UPRNs of the houses that were tapped. */
  chosen: readonly string[];
  officer: Point | null;
  /** Metres. */
  accuracy: number;
  /** What a screen reader says in its place. */
  alternative: string;
}

const BAR_PIXELS = 88;
/** How far the map is pushed until it is drawn anew. */
const STRIDE_PIXELS = 160;
/** Those least pressing first, so that the others lie above them. */
const UPWARDS = KINDS.toReversed();

export function MapDrawing(props: Props) {
  const { spots, view, isMoved, next, chosen, officer, accuracy, alternative } = props;
  const { width, height } = view;
  const { drawn, corner } = strided(view, isMoved ? STRIDE_PIXELS : 0);
  // What is drawn stays the same object while the map is pushed, so that nothing of it is compared or drawn again.
  const houses = useMemo(
    () => <Houses spots={spots} view={drawn} next={next} chosen={chosen} />,
    [spots, drawn.middle.x, drawn.middle.y, drawn.scale, drawn.width, drawn.height, next, chosen],
  );
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={alternative}>
      <g transform={`translate(${corner.left} ${corner.top})`}>{houses}</g>
      {officer && <Officer at={pixelOf(view, officer)} around={accuracy * view.scale} />}
      <ScaleBar view={view} />
      <North left={24} />
    </svg>
  );
}

function Houses({ spots, view, next, chosen }: Pick<Props, "spots" | "view" | "next" | "chosen">) {
  const radius = radiusOf(view);
  const rings = spots.filter((spot) => spot.views.some((one) => chosen.includes(one.key.uprn)));
  const nextSpot = spots.find((spot) => spot.views.some((one) => one.key.uprn === next?.key.uprn));
  const { marks, hazards, labels, way } = draw(spots, view, nextSpot, textSize());
  return (
    <>
      <polyline class="map-way" points={way} />
      {nextSpot && <Ring kind="map-next" at={pixelOf(view, nextSpot.point)} radius={radius + RING_PIXELS} />}
      {rings.map((spot) => (
        <Ring
          key={spot.views[0]?.key.uprn}
          kind="map-chosen"
          at={pixelOf(view, spot.point)}
          radius={radius + RING_PIXELS}
        />
      ))}
      {UPWARDS.map((kind) => (
        <path key={kind} class={`map-mark ${kind}`} d={marks[kind]} />
      ))}
      <path class="map-mark hazard" d={hazards} />
      {labels.map(({ left, top, anchor, text }) => (
        <text
          key={`${text} ${left}`}
          class="map-label"
          x={left}
          y={top}
          text-anchor={anchor}
          dominant-baseline="central"
        >
          {text}
        </text>
      ))}
    </>
  );
}

function Ring({ kind, at, radius }: { kind: string; at: Pixel; radius: number }) {
  return <circle class={kind} cx={at.left} cy={at.top} r={radius} />;
}

function Officer({ at, around }: { at: Pixel; around: number }) {
  return (
    <>
      <circle class="map-around" cx={at.left} cy={at.top} r={around} />
      <OfficerMark at={at} />
    </>
  );
}

export function OfficerMark({ at }: { at: Pixel }) {
  return (
    <>
      <circle class="map-officer" cx={at.left} cy={at.top} r="9" />
      <circle class="map-officer-point" cx={at.left} cy={at.top} r="4" />
    </>
  );
}

function ScaleBar({ view }: { view: View }) {
  const { metres, pixels } = barOf(view, BAR_PIXELS);
  const end = view.width - 16;
  return (
    <>
      <path class="map-bar" d={`M${end} 14v6h${-pixels}v-6`} />
      <text class="map-label" x={end} y="26" text-anchor="end" dominant-baseline="hanging">
        {spokenDistance(metres)}
      </text>
    </>
  );
}

function North({ left }: { left: number }) {
  return (
    <>
      <path class="map-north" d={`M${left} 14l8 22-8-5-8 5z`} />
      <text class="map-label" x={left} y="40" text-anchor="middle" dominant-baseline="hanging">
        N
      </text>
    </>
  );
}

/** How much larger than ordinary the officer has set text. */
function textSize(): number {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

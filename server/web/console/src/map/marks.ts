/** The marks of the legend, drawn once more as the map's dots: <svg data-mark="tried"><path d fill stroke></svg>. */
import type { Map as LibreMap } from "maplibre-gl";

const SIDE = 16;
const SHARPER = 3;

/** Put every mark of the page's legends on the map. */
export function addMarks(map: LibreMap): void {
  for (const svg of document.querySelectorAll<SVGElement>("svg[data-mark]")) {
    const name = svg.dataset.mark ?? "";
    const image = drawn(svg);
    if (image && !map.hasImage(name)) map.addImage(name, image, { pixelRatio: SHARPER });
  }
}

/** What a mark is called. */
export function labelOf(mark: string): string {
  return document.querySelector<SVGElement>(`svg[data-mark="${CSS.escape(mark)}"]`)?.dataset.label ?? mark;
}

function drawn(svg: SVGElement): ImageData | null {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE * SHARPER;
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.scale(SHARPER, SHARPER);
  for (const path of svg.querySelectorAll("path")) {
    const shape = new Path2D(path.getAttribute("d") ?? "");
    context.fillStyle = path.getAttribute("fill") ?? "";
    context.fill(shape, "evenodd");
    context.strokeStyle = path.getAttribute("stroke") ?? "";
    context.lineWidth = Number(path.getAttribute("stroke-width") ?? 1);
    context.stroke(shape);
  }
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

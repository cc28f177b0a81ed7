/** Every map of a page: <div data-map="coverage" …> (console/parts_map.html) and <textarea data-draw>. */
import { drawInto } from "./draw.ts";
import { keepLabels } from "./labels.ts";
import { type Box, makeMap } from "./make.ts";
import { addMarks } from "./marks.ts";
import { answerClicks } from "./popup.ts";
import { addShape } from "./shape.ts";
import { styleOf } from "./style.ts";

async function boundsFrom(address: string): Promise<Box | null> {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  return answer.ok ? ((await answer.json()) as { bounds: Box | null }).bounds : null;
}

async function showCoverage(inside: HTMLElement): Promise<void> {
  const { campaign = "0", level = "ward", baseMap = "", attribution = "", title = "Map" } = inside.dataset;
  const box = await boundsFrom(inside.dataset.boundsFrom ?? "/console/map/bounds");
  const map = makeMap(inside, styleOf({ campaign, level, baseMap, attribution }), box, title);
  map.on("style.load", () => addMarks(map));
  map.on("style.load", () => addShape(map, inside.dataset.shape));
  keepLabels(map);
  answerClicks(map, campaign);
  map.on("idle", () => {
    inside.dataset.drawn = "yes";
  });
}

for (const inside of document.querySelectorAll<HTMLElement>("[data-map]")) void showCoverage(inside);
for (const area of document.querySelectorAll<HTMLTextAreaElement>("textarea[data-draw]")) {
  void boundsFrom("/console/map/bounds").then((box) => drawInto(area, box));
}

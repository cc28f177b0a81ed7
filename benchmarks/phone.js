// Put into the page before the app's own scripts: notes when things happened, in ms since the navigation began.
(() => {
  const seen = { tapped: 0, kept: 0, worker: 0, shown: {} };
  globalThis.doorstepSeen = seen;
  addEventListener("click", (event) => { seen.tapped = event.timeStamp; }, { capture: true });

  // A screen counts from when it was painted: the frame after the change, and the task after that frame.
  const painted = (note) => requestAnimationFrame(() => setTimeout(note));
  new MutationObserver(() => {
    const title = document.querySelector("h1")?.textContent;
    const said = document.querySelector("section.undo .undo-words")?.textContent;
    for (const words of [title, said]) {
      if (words && !(words in seen.shown)) {
        seen.shown[words] = 0;
        painted(() => { seen.shown[words] = performance.now(); });
      }
    }
  }).observe(document, { childList: true, subtree: true, characterData: true });

  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (...asked) {
    const made = begin.apply(this, asked);
    if (asked[1] === "readwrite" && made.objectStoreNames.contains("outbox")) {
      made.addEventListener("complete", () => { seen.kept = performance.now(); });
    }
    return made;
  };

  const Plain = Worker;
  globalThis.Worker = class extends Plain {
    constructor(...asked) {
      super(...asked);
      const began = performance.now();
      this.addEventListener("message", () => { seen.worker = performance.now() - began; });
    }
  };

  // Scrolls what scrolls so many pixels a frame: the ms between frames, and the tasks longer than 50 ms.
  seen.scroll = async (frames, pixels) => {
    const long = [];
    const watch = new PerformanceObserver((list) => long.push(...list.getEntries().map((one) => one.duration)));
    watch.observe({ type: "longtask" });
    const frame = () => new Promise(requestAnimationFrame);
    const scroller = document.querySelector("main");
    const taken = [];
    let before = await frame();
    for (let at = 0; at < frames; at++) {
      scroller.scrollTop += pixels;
      const now = await frame();
      taken.push(now - before);
      before = now;
    }
    await new Promise((done) => setTimeout(done, 100));
    watch.disconnect();
    return { taken, long };
  };
})();

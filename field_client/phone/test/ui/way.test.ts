import { expect, test } from "vitest";
import { Way } from "../../src/ui/way";

/** A browser's history, as far as the way uses it; going back tells at once. */
class FakeHistory {
  entries: unknown[] = [null];
  at = 0;
  private told: (event: PopStateEvent) => void = () => undefined;
  history = {
    pushState: (state: unknown) => {
      this.entries = [...this.entries.slice(0, ++this.at), state];
    },
    replaceState: (state: unknown) => {
      this.entries[this.at] = state;
    },
    go: (steps: number) => {
      this.at = Math.max(0, Math.min(this.entries.length - 1, this.at + steps));
      this.told({ state: this.entries[this.at] } as PopStateEvent);
    },
  };
  addEventListener = (_name: string, listener: (event: PopStateEvent) => void) => {
    this.told = listener;
  };
}

const HOUSE = { screen: "house", key: { worklist: 1, uprn: "100000012" } } as const;
const STREET = { screen: "street", worklist: 1, usrn: "30001" } as const;

function aWay() {
  const browser = new FakeHistory();
  return { browser, way: new Way(browser as unknown as Window) };
}

test("the browser's history holds how deep one is, and nothing of where", () => {
  const { browser, way } = aWay();
  way.go(STREET);
  way.go(HOUSE);
  expect(browser.entries).toEqual([{ depth: 0 }, { depth: 1 }, { depth: 2 }]);
});

test("back leads to the screen before, and a screen that took another's place leads to where that one did", () => {
  const { browser, way } = aWay();
  way.go(STREET);
  way.go(HOUSE);
  way.replace({ ...HOUSE, key: { worklist: 1, uprn: "100000013" } });
  browser.history.go(-1);
  expect(way.current).toEqual(STREET);
  way.back();
  expect(way.current.screen).toBe("today");
});

test("two screens back is one step for the browser", () => {
  const { way } = aWay();
  way.go(STREET);
  way.go(HOUSE);
  way.go({ screen: "ask", key: HOUSE.key, outcome: "callback" });
  way.back(2);
  expect(way.current).toEqual(STREET);
});

test("the latest holder deals with the back button, until it lets go", () => {
  const { browser, way } = aWay();
  way.go(HOUSE);
  let asked = 0;
  const letGo = way.hold(() => {
    asked += 1;
    return true;
  });
  browser.history.go(-1);
  expect([asked, way.current.screen, browser.at]).toEqual([1, "house", 1]);
  letGo();
  browser.history.go(-1);
  expect(way.current.screen).toBe("today");
});

test("a forward button leads nowhere: what lay there is forgotten", () => {
  const { browser, way } = aWay();
  way.go(STREET);
  browser.history.go(-1);
  browser.history.go(1);
  expect([way.current.screen, browser.at]).toEqual(["today", 0]);
});

test("a screen finds again what it kept when one comes back, and not when it is opened anew", () => {
  const { way } = aWay();
  way.go(STREET);
  way.keep("showing", "now");
  way.go(HOUSE);
  expect(way.keptAt("showing")).toBeUndefined();
  way.back();
  expect(way.keptAt("showing")).toBe("now");
  way.back();
  way.go(STREET);
  expect(way.keptAt("showing")).toBeUndefined();
});

test("a screen that takes another's place begins at its own top", () => {
  const { way } = aWay();
  way.go(HOUSE);
  way.keep("scroll", 400);
  way.replace({ ...HOUSE, key: { worklist: 1, uprn: "100000013" } });
  expect(way.keptAt("scroll")).toBeUndefined();
});

test("after a lock nothing says which house was open", () => {
  const { browser, way } = aWay();
  way.go(STREET);
  way.keep("opened", HOUSE.key.uprn);
  way.go(HOUSE);
  way.reset();
  expect([way.current.screen, way.depth, browser.at]).toEqual(["today", 0, 0]);
  expect(JSON.stringify([...Object.values(way)])).not.toContain(HOUSE.key.uprn);
});

test("a screen may be shown above the first one after all others are forgotten, and back leads to the first", () => {
  const { browser, way } = aWay();
  way.go(STREET);
  way.go(HOUSE);
  way.reset({ screen: "unlock", deviceId: "one" });
  expect([way.current.screen, way.depth, browser.at]).toEqual(["unlock", 1, 1]);
  way.back();
  expect([way.current.screen, browser.at]).toEqual(["today", 0]);
  way.reset({ screen: "unlock", deviceId: "one" });
  expect([way.depth, browser.at]).toEqual([1, 1]);
});

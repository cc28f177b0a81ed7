import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FieldProblem } from "../src/contract";
import { DraftKeeper, SETTLED_MS } from "../src/ui/draft";

const kept = new Map<string, unknown>();
let saving = async (): Promise<void> => undefined;
const drafts = {
  draft: () => null,
  saveDraft: async (name: string, content: unknown) => {
    await saving();
    kept.set(name, content);
  },
  dropDraft: async (name: string) => {
    kept.delete(name);
  },
};

describe("a form while it is filled in", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    kept.clear();
    saving = async () => undefined;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is kept as it stood last, shortly after it rests", async () => {
    const keeper = new DraftKeeper(drafts, "form");
    keeper.change(1);
    await vi.advanceTimersByTimeAsync(SETTLED_MS - 1);
    keeper.change(2);
    await vi.advanceTimersByTimeAsync(SETTLED_MS - 1);
    expect(kept.size).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(kept.get("form")).toBe(2);
  });

  it("is kept at once when it has to be", async () => {
    const keeper = new DraftKeeper(drafts, "form");
    keeper.change("half a name");
    await keeper.keep();
    expect(kept.get("form")).toBe("half a name");
  });

  it("stays dropped, though it was being saved when it was dropped and had changed since", async () => {
    let finish = (): void => undefined;
    saving = () => new Promise((resolve) => (finish = resolve));
    const keeper = new DraftKeeper(drafts, "form");
    keeper.change("a name");
    const saved = keeper.keep();
    keeper.change("another name");
    const dropped = keeper.drop();
    await vi.advanceTimersByTimeAsync(0);
    finish();
    await Promise.all([saved, dropped]);
    await vi.advanceTimersByTimeAsync(10 * SETTLED_MS);
    expect(kept.size).toBe(0);
  });

  it("says why it is not kept, until it is again", async () => {
    const told: string[] = [];
    const keeper = new DraftKeeper(drafts, "form", (problem) => told.push(problem));
    saving = () => Promise.reject(new FieldProblem("storage_full", "This phone is full."));
    keeper.change(1);
    await keeper.keep();
    saving = async () => undefined;
    keeper.change(2);
    await keeper.keep();
    expect(told).toEqual(["This phone is full.", ""]);
  });
});

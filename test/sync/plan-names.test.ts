import { expect, test } from "vitest";
import { createPaint } from "../../src/commands/output/colour.ts";
import { planItemLines } from "../../src/commands/output/plan-item.ts";
import type { PlanItem } from "../../src/sync/plan.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();

async function inStep(limits = {}): Promise<World> {
  const w = world({ limits });
  w.directory.people("p", 10).person("ann").person("ben").person("cleo");
  await w.sync();
  return w;
}

/** Person -> what the plan says of the way to the name. */
function notes(items: readonly PlanItem[]): Record<string, string | undefined> {
  return Object.fromEntries(items.map(({ sourceId, note, blocked }) => [sourceId, note ?? blocked]));
}

test("a plan says who swaps names with whom, and that it goes via a temporary name", async () => {
  const w = await inStep();
  w.directory.person("ann", { login: "ben@example.com" }).person("ben", { login: "ann@example.com" });
  const { items } = await w.plan();
  expect(notes(items)).toEqual({
    ann: "swaps names with ann@example.com: via a temporary name, where the target gives no name to two",
    ben: "after ben@example.com, who still has this userName",
  });
  expect(items.map(({ action, values }) => [action, values])).toMatchObject([
    ["rename", [{ path: "userName", before: "ann@example.com", after: "ben@example.com" }]],
    ["rename", [{ path: "userName", before: "ben@example.com", after: "ann@example.com" }]],
  ]);
  const [first] = items;
  const lines =
    first === undefined
      ? []
      : planItemLines(first, { paint: createPaint(false, {}), width: 120, detailed: false });
  expect(lines.join("\n")).toContain("via a temporary name");
});

test("a plan says who comes after whom in a chain, somebody new included", async () => {
  const w = await inStep();
  w.directory
    .person("ann", { login: "ben@example.com" })
    .person("ben", { login: "bob@example.com" })
    .person("new", { login: "ann@example.com" });
  expect(notes((await w.plan()).items)).toEqual({
    ann: "after bob@example.com, who still has this userName",
    ben: undefined,
    new: "after ben@example.com, who still has this userName",
  });
});

test("a plan says who waits for a change that is held, however far away in the chain", async () => {
  const w = await inStep({ neverHoldBelow: 0, identifierChanges: 0 });
  w.directory.person("ben", { login: "bob@example.com" }).person("new", { login: "ben@example.com" });
  expect(notes((await w.plan()).items)).toEqual({
    ben: "held: identifier-changes",
    new: "waits: the userName is still held by ben, whose change is held for approval",
  });
});

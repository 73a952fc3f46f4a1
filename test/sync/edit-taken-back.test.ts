import { afterEach, expect, test, vi } from "vitest";
import { Store } from "../../src/store/store.ts";
import { worlds } from "../world.ts";
import { mappingOf } from "./mapping-of.ts";

const world = worlds();
afterEach(() => {
  vi.restoreAllMocks();
});

const mapping = (title: string) => mappingOf({ title });

test("an edit that was synchronised for one person and is taken back is taken back for them too", async () => {
  const w = world({ mapping: mapping("user.title") });
  w.directory.person("ann", { title: "engineer" }).person("ben", { title: "clerk" });
  await w.sync();
  w.options = { ...w.options, mapping: mapping("upper(user.title)") };
  await w.sync({ user: "ann" });
  w.options = { ...w.options, mapping: mapping("user.title") };
  await w.sync();
  const titles = [...(await w.users()).values()].map(({ title }) => title);
  expect(titles).toEqual(["engineer", "clerk"]);
});

test("an edit that is taken back after a cycle died over it leaves nothing behind", async () => {
  const w = world({ mapping: mapping("user.title") });
  w.directory.person("ann", { title: "engineer" });
  await w.sync();
  w.options = { ...w.options, mapping: mapping("upper(user.title)") };
  vi.spyOn(Store.prototype, "finish").mockImplementationOnce(() => {
    throw new Error("the process dies");
  });
  await w.sync().catch(() => {});
  w.options = { ...w.options, mapping: mapping("user.title") };
  const calls = w.calls.length;
  await w.sync();
  await w.sync();
  expect(w.calls.slice(calls).map(({ method }) => method)).toEqual([]);
});

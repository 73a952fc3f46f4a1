import fc from "fast-check";
import { expect, test } from "vitest";
import { compileMapping } from "../../src/mapping/compile.ts";
import type { SourceRecord } from "../../src/sources/source.ts";
import { Store } from "../../src/store/store.ts";
import { rulesOf, sparedBy } from "../../src/sync/kept-rules.ts";
import { directoryDefinition } from "../directory.ts";
import { TestClock, worlds } from "../world.ts";
import { mappingOf } from "./mapping-of.ts";

const world = worlds();

const mapping = (rows: Readonly<Record<string, string>> = {}) =>
  mappingOf({ title: "user.title", nickName: "user.name", ...rows });

/** What a record may hold that looks like the JSON around it. */
const text = fc.oneof(
  fc.constantFrom(
    "",
    "x",
    'x","title":"x',
    '"title":"x"',
    "{",
    '{"title":"x"}',
    "x,",
    "\\",
    '\\"',
    "user.title",
    "é",
  ),
  fc.string({ maxLength: 12, unit: "binary" }),
);
const expression = fc.constantFrom(
  "user.title",
  "user.name",
  "upper(user.title)",
  "user.title.substring(1)",
  "{ value: user.title, ifEmpty: user.name }",
  "'user.title == \"x\" ? null : user.title'",
  "'join(\",\", [user.title, user.name])'",
  "{ constant: x }",
);

const compiled = async (rows: Readonly<Record<string, string>>) =>
  compileMapping({
    definition: directoryDefinition,
    mapping: { file: "m.yaml", text: mapping(rows) },
    scope: { include: [] },
  });

type Compiled = Awaited<ReturnType<typeof compiled>>;

const rulesFrom = (of: Compiled) => rulesOf(of, []);

test("whoever is spared is mapped to the same text by the rules of before and after", async () => {
  let spared = 0;
  const row = fc.record({ title: expression, nickName: expression });
  const people = fc.array(fc.record({ title: text, name: text, login: text }), {
    minLength: 8,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(row, row, people, async (first, second, all) => {
      const [before, after] = [await compiled(first), await compiled(second)];
      const work = {
        rules: rulesFrom(after),
        mapping: after,
        view: directoryDefinition.view,
        clock: new TestClock(),
      };
      const spares = sparedBy(rulesFrom(before), work);
      for (const person of all) {
        const record: SourceRecord = { id: "1", enabled: true, ...person };
        const [was, is] = [before.evaluate("user", record), after.evaluate("user", record)];
        // Who could not be mapped is not asked about.
        if (was.problems.length > 0) continue;
        if (spares?.("user", JSON.stringify(record), JSON.stringify(was.attributes)) !== true) continue;
        spared += 1;
        expect(JSON.stringify(is)).toBe(JSON.stringify(was));
      }
    }),
    { numRuns: 300 },
  );
  expect(spared).toBeGreaterThan(20);
});

test.each([
  ["a row that comes", { displayName: "user.name" }],
  ["a row that is written at creation only", { title: "{ value: user.title, write: onCreate }" }],
  ["a row that is written where there is a value", { title: "{ value: user.title, write: ifPresent }" }],
] as const)("nobody is spared after %s", async (_, rows) => {
  const [before, after] = [await compiled({}), await compiled(rows)];
  const work = {
    rules: rulesFrom(after),
    mapping: after,
    view: directoryDefinition.view,
    clock: new TestClock(),
  };
  expect(sparedBy(rulesFrom(before), work)).toBeUndefined();
});

test("an edit of one expression judges only those again for whom it gives another value", async () => {
  const w = world({ mapping: mapping() });
  w.directory.people("p", 30).person("ann", { title: "engineer" });
  await w.sync();
  const judged: string[] = [];
  const mark = Store.prototype.markEdits;
  Store.prototype.markEdits = function (run, judge, marking) {
    const counting = {
      ...judge,
      present(...given: Parameters<typeof judge.present>) {
        judged.push(String(given[1]["id"]));
        return judge.present(...given);
      },
    };
    return mark.call(this, run, counting, marking);
  };
  try {
    w.options = { ...w.options, mapping: mapping({ title: "upper(user.title)" }) };
    const { items } = await w.plan();
    expect(items.map(({ label, action }) => `${action} ${label}`)).toEqual(["update ann@example.com"]);
    expect(new Set(judged)).toEqual(new Set(["ann"]));
  } finally {
    Store.prototype.markEdits = mark;
  }
});

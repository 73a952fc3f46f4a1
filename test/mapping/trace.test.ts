import { expect, test } from "vitest";
import { type CompiledMapping, compileMapping } from "../../src/mapping/compile.ts";
import { hrSource } from "../config/registries.ts";

const ann = { id: "1", login: "Ann", title: "Boss", givenName: "Ann", surname: "Lee", enabled: true };

function compile(rows: string, users?: string): Promise<CompiledMapping> {
  const text = `extends: default\nusers:\n  attributes:\n${rows.replace(/^/gm, "    ")}\n`;
  return compileMapping({
    definition: hrSource,
    mapping: { file: "m.yaml", text },
    scope: { include: [], ...(users === undefined ? {} : { users: { text: users, where: "c.yaml:1:2" } }) },
  });
}

async function traced(rows: string, path: string, record: Readonly<Record<string, unknown>>) {
  const mapping = await compile(rows);
  return mapping.trace("user", record as typeof ann).find((each) => each.path === path);
}

test("a row tells what it read and what came of it", async () => {
  expect(await traced("nickName: lower(user.login)", "nickName", ann)).toEqual({
    path: "nickName",
    value: "ann",
    by: "value",
    reads: { login: "Ann" },
  });
  expect(await traced("nickName: { constant: x }", "nickName", ann)).toMatchObject({
    by: "constant",
    reads: {},
  });
});

test("ifEmpty is named when it was used, and only then is what it read", async () => {
  const rows = "nickName: { value: user.title, ifEmpty: user.login }";
  expect(await traced(rows, "nickName", ann)).toMatchObject({ by: "value", reads: { title: "Boss" } });
  expect(await traced(rows, "nickName", { ...ann, title: " " })).toMatchObject({
    value: "Ann",
    by: "ifEmpty",
    reads: { title: " ", login: "Ann" },
  });
  const { title: _, ...untitled } = ann;
  expect(await traced("nickName: user.title", "nickName", untitled)).toEqual({
    path: "nickName",
    value: null,
    by: "nothing",
    reads: { title: null },
  });
});

test("a row that fails says why, without a value", async () => {
  expect(await traced("nickName: user.title", "nickName", { ...ann, title: ["a", "b"] })).toMatchObject({
    by: "problem",
    problem: expect.stringContaining("the attribute title is a list"),
  });
});

async function clauses(rule: string, record: Readonly<Record<string, unknown>>) {
  const mapping = await compile("nickName: user.title", rule);
  return mapping
    .clauses("user", record as typeof ann)
    .map(({ text, holds, decides }) => [text, holds, decides]);
}

test("of a rule that holds every part of an and decides, of an or the first that holds", async () => {
  const rule = 'user.enabled && (user.title == "Boss" || user.login == "Ann")';
  expect(await clauses(rule, ann)).toEqual([
    ["user.enabled", true, true],
    ['user.title == "Boss"', true, true],
    ['user.login == "Ann"', true, false],
  ]);
  expect(await clauses(rule, { ...ann, title: "x" })).toEqual([
    ["user.enabled", true, true],
    ['user.title == "Boss"', false, false],
    ['user.login == "Ann"', true, true],
  ]);
});

test("of a rule that does not hold the parts decide that do not", async () => {
  const rule = 'user.enabled && (user.title == "Boss" || user.login == "Ben")';
  expect(await clauses(rule, { ...ann, enabled: false })).toEqual([
    ["user.enabled", false, true],
    ['user.title == "Boss"', true, false],
    ['user.login == "Ben"', false, false],
  ]);
  expect(await clauses(rule, { ...ann, title: "x" })).toEqual([
    ["user.enabled", true, false],
    ['user.title == "Boss"', false, true],
    ['user.login == "Ben"', false, true],
  ]);
});

test("a part that cannot be worked out decides, and neither holds nor not", async () => {
  expect(await clauses("user.enabled && user.title == user.login", { ...ann, title: ["a", "b"] })).toEqual([
    ["user.enabled", true, false],
    ["user.title == user.login", undefined, true],
  ]);
});

test("without a rule there are no parts", async () => {
  expect((await compile("nickName: user.title")).clauses("user", ann)).toEqual([]);
});

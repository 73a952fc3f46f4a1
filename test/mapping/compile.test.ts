import { describe, expect, test } from "vitest";
import { type CompiledMapping, compileMapping } from "../../src/mapping/compile.ts";
import { runMappingTests } from "../../src/mapping/mapping-tests.ts";
import { hrSource } from "../config/registries.ts";

const MANAGER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
const scope = { include: [] };
const ann = {
  id: "1",
  login: "ann",
  title: "Boss",
  givenName: "Ann",
  surname: "Lee",
  enabled: true,
  manager: "2",
};

function compile(
  text?: string,
  rules: { users?: string; groups?: string; include?: string[] } = {},
): Promise<CompiledMapping> {
  const rule = (expression: string | undefined, name: string) =>
    expression === undefined ? {} : { [name]: { text: expression, where: "c.yaml:1:2" } };
  return compileMapping({
    definition: hrSource,
    mapping: text === undefined ? undefined : { file: "m.yaml", text },
    scope: { ...rule(rules.users, "users"), ...rule(rules.groups, "groups"), include: rules.include ?? [] },
  });
}

const users = (rows: string) => `extends: default\nusers:\n  attributes:\n${rows.replace(/^/gm, "    ")}\n`;

describe("the source's default mapping", () => {
  test("is used when the connection brings none", async () => {
    const mapping = await compile();
    expect(mapping.evaluate("user", ann)).toEqual({
      attributes: { displayName: "Ann Lee", externalId: "1", title: "Boss", userName: "ann" },
      onCreate: {},
      active: true,
      references: { [MANAGER]: "2" },
      problems: [],
    });
    expect(mapping.match).toEqual({ user: ["externalId", "userName"], group: ["externalId", "displayName"] });
    expect(mapping.reads).toEqual({
      user: ["enabled", "givenName", "id", "login", "manager", "surname", "title"],
      group: ["id", "name"],
    });
  });

  test("is extended row by row, also under another spelling of the path", async () => {
    const mapping = await compile(users("TITLE: upper(user.title)\nnickName: user.login"));
    expect(mapping.evaluate("user", ann).attributes).toEqual({
      displayName: "Ann Lee",
      externalId: "1",
      nickName: "ann",
      title: "BOSS",
      userName: "ann",
    });
  });

  test("loses the rows that are set to null, and no longer reads what only they read", async () => {
    const mapping = await compile(users(`title: null\n'${MANAGER}': null`));
    const mapped = mapping.evaluate("user", ann);
    expect(mapped.attributes).not.toHaveProperty("title");
    expect(mapped.references).toEqual({});
    expect(mapping.reads.user).toEqual(["enabled", "givenName", "id", "login", "surname"]);
  });

  test("is left aside entirely without extends", async () => {
    const mapping = await compile(
      "users: { match: [userName], attributes: { userName: user.mail } }\ngroups: { match: [displayName], attributes: { displayName: group.name } }",
    );
    expect(mapping.rows("user").map((row) => row.path)).toEqual(["userName"]);
    expect(mapping.match.user).toEqual(["userName"]);
    expect(mapping.evaluate("user", { mail: "a@b" }).active).toBeUndefined();
  });
});

describe("rows", () => {
  test("know where they stand and what they say", async () => {
    const mapping = await compile(
      users(
        "nickName: { value: user.login, ifEmpty: user.mail, write: onCreate }\ntimezone: { constant: Europe/London }",
      ),
    );
    const row = (path: string) => mapping.rows("user").find((each) => each.path === path);
    expect(row("nickName")).toMatchObject({
      type: "expression",
      text: "user.login (if empty: user.mail)",
      write: "onCreate",
      where: "m.yaml:4:15",
    });
    expect(row("timezone")).toMatchObject({ type: "constant", text: '"Europe/London"', write: "always" });
    expect(row(MANAGER)).toMatchObject({ type: "reference", where: "hr/mapping.yaml:9:73" });
  });

  test("ifEmpty steps in for nothing, an empty text and spaces", async () => {
    const mapping = await compile(users("nickName: { value: user.login, ifEmpty: user.mail }"));
    const nickName = (login: string | null) =>
      mapping.evaluate("user", { ...ann, login, mail: "m" }).attributes["nickName"];
    expect([nickName("ann"), nickName(null), nickName(""), nickName("  ")]).toEqual(["ann", "m", "m", "m"]);
  });

  test("a constant is the same for everybody, of the type that its place holds", async () => {
    const mapping = await compile(
      users(
        "timezone: { constant: Europe/London }\n'emails[type eq \"work\"].primary': { constant: true }\n'urn:x:y:level': { constant: [b, a, b] }",
      ),
    );
    expect(mapping.evaluate("user", ann).attributes).toMatchObject({
      timezone: "Europe/London",
      'emails[type eq "work"].primary': true,
      "urn:x:y:level": ["a", "b"],
    });
  });

  test("what is written at creation only stands apart, and only if there is something", async () => {
    const mapping = await compile(
      users("title: { value: user.title, write: onCreate }\nnickName: { value: user.mail, write: onCreate }"),
    );
    const mapped = mapping.evaluate("user", ann);
    expect(mapped.onCreate).toEqual({ title: "Boss" });
    expect(mapped.attributes).not.toHaveProperty("title");
  });

  test("an attribute that became empty is null, so that it is cleared at the target", async () => {
    const mapping = await compile();
    expect(mapping.evaluate("user", { ...ann, title: "" }).attributes["title"]).toBeNull();
    expect(mapping.evaluate("user", { ...ann, manager: null }).references).toEqual({ [MANAGER]: null });
  });

  test("an extension of one's own takes texts, numbers, lists and references", async () => {
    const mapping = await compile(
      users(
        "'urn:x:y:n': user.level\n'urn:x:y:t': user.tags\n'urn:x:y:d': user.hired\n'urn:x:y:r': user.manager",
      ),
    );
    const mapped = mapping.evaluate("user", {
      ...ann,
      level: 3,
      tags: ["b", " a ", "", "b"],
      hired: "2020-01-01",
    });
    expect(mapped.attributes).toMatchObject({
      "urn:x:y:n": 3,
      "urn:x:y:t": ["a", "b"],
      "urn:x:y:d": "2020-01-01T00:00:00.000Z",
    });
    expect(mapped.references["urn:x:y:r"]).toBe("2");
  });

  test("a number that JSON would round is a problem, and its text is none", async () => {
    const mapping = await compile(
      users("'urn:x:y:n': '9007199254740993 + size(user.title)'\n'urn:x:y:t': string(9007199254740993)"),
    );
    const mapped = mapping.evaluate("user", { ...ann, title: "" });
    expect(mapped.attributes).toMatchObject({ "urn:x:y:n": null, "urn:x:y:t": "9007199254740993" });
    expect(mapped.problems).toMatchObject([
      { path: "urn:x:y:n", message: expect.stringContaining("too large for JSON") },
    ]);
  });

  test("a condition may choose between a reference and nothing", async () => {
    const mapping = await compile(users(`'${MANAGER}': 'user.enabled ? user.manager : user.manager'`));
    expect(mapping.evaluate("user", ann).references).toEqual({ [MANAGER]: "2" });
  });
});

describe("equal content is equal JSON", () => {
  test("whatever the order of the rows in the file", async () => {
    const one = await compile(users("title: user.title\nnickName: user.login"));
    const two = await compile(users("nickName: user.login\ntitle: user.title"));
    expect(JSON.stringify(one.evaluate("user", ann))).toBe(JSON.stringify(two.evaluate("user", ann)));
    expect(one.digest).toBe(two.digest);
  });

  test("whatever the order of the record's attributes", async () => {
    const mapping = await compile();
    const reversed = Object.fromEntries(Object.entries(ann).toReversed());
    expect(JSON.stringify(mapping.evaluate("user", reversed))).toBe(
      JSON.stringify(mapping.evaluate("user", ann)),
    );
  });
});

describe("the digest changes with", () => {
  test.each([
    ["an expression", users("title: lower(user.title)"), {}],
    ["a constant", users("title: { constant: x }"), {}],
    ["when a row is written", users("title: { value: user.title, write: onCreate }"), {}],
    ["a second expression", users("title: { value: user.title, ifEmpty: user.mail }"), {}],
    ["a row less", users("title: null"), {}],
    ["match", "extends: default\nusers: { match: [userName] }\n", {}],
    ["a scope rule", undefined, { users: "user.enabled" }],
    ["a scope rule of groups", undefined, { groups: 'group.name != "x"' }],
    ["what is let in", undefined, { include: ["guests"] }],
  ])("%s", async (_what, text, rules) => {
    expect((await compile(text, rules)).digest).not.toBe((await compile()).digest);
  });

  test("not with comments, quotes and the order of what is let in", async () => {
    const plain = await compile(users("title: lower(user.title)"), { include: ["guests", "robots"] });
    const other = await compile(`# a comment\n${users("title: 'lower(user.title)'")}`, {
      include: ["robots", "guests"],
    });
    expect(other.digest).toBe(plain.digest);
  });
});

describe("a record that cannot be mapped", () => {
  test("says which row, where and why, and the other rows go on", async () => {
    const mapping = await compile(users("title: string(int(user.title))"));
    const mapped = mapping.evaluate("user", { ...ann, title: "secret" });
    expect(mapped.problems).toEqual([
      { path: "title", message: "int() got something that is not a whole number", where: "m.yaml:4:12" },
    ]);
    expect(mapped.attributes).toMatchObject({ title: null, userName: "ann" });
    expect(JSON.stringify(mapped.problems)).not.toContain("secret");
  });

  test("without a userName is a problem, and a group without a name", async () => {
    const mapping = await compile();
    expect(mapping.evaluate("user", { ...ann, login: " " }).problems).toEqual([
      { path: "userName", message: "is empty", where: "hr/mapping.yaml:5:15" },
    ]);
    expect(mapping.evaluate("group", { id: "g" }).problems).toMatchObject([
      { path: "displayName", message: "is empty" },
    ]);
  });

  test("whose active is neither true nor false is not taken for either", async () => {
    const mapped = (await compile()).evaluate("user", { ...ann, enabled: null });
    expect(mapped.active).toBeUndefined();
    expect(mapped.problems).toMatchObject([{ path: "active", message: "is neither true nor false" }]);
  });
});

describe("scope", () => {
  test("without a rule everybody is in", async () => {
    expect((await compile()).scope("user", {})).toEqual({ inScope: true, rule: "no scope rule" });
  });

  test("a rule decides, and the verdict names it", async () => {
    const mapping = await compile(undefined, { users: 'user.title == "Boss"' });
    const rule = 'user.title == "Boss" (c.yaml:1:2)';
    expect(mapping.scope("user", ann)).toEqual({ inScope: true, rule });
    expect(mapping.scope("user", {})).toEqual({ inScope: false, rule });
    expect(mapping.scope("group", {})).toEqual({ inScope: true, rule: "no scope rule" });
  });

  test("reads its attributes too", async () => {
    expect((await compile(undefined, { users: "user.level > 3" })).reads.user).toContain("level");
  });

  test("a rule that fails for somebody puts nobody out: it is a problem of that person", async () => {
    const mapping = await compile(undefined, { users: "int(user.title) > 3" });
    const verdict = mapping.scope("user", { title: "secret" });
    expect(verdict.inScope).toBe(true);
    expect(verdict.problem).toBe(
      "the scope rule for users cannot be evaluated: int() got something that is not a whole number (c.yaml:1:2)",
    );
  });
});

describe("examples in a mapping file", () => {
  test("pass or tell the difference", async () => {
    const text = `${users("title: upper(user.title)")}tests:
  - given: { login: ann, title: boss, manager: m }
    expect: { username: ann, title: BOSS, '${MANAGER}.value': m }
  - given: { login: ann }
    expect: { title: x, userName: ann }
  - { kind: group, given: { name: g }, expect: { displayName: g } }
`;
    const mapping = await compile(text);
    expect(runMappingTests(mapping, mapping.tests)).toEqual([
      { where: "m.yaml:6:5", passed: true, differences: [], problems: [] },
      {
        where: "m.yaml:8:5",
        passed: false,
        differences: [{ path: "title", expected: "x", got: null }],
        problems: [],
      },
      { where: "m.yaml:10:5", passed: true, differences: [], problems: [] },
    ]);
  });

  test("a row that fails is a failed example", async () => {
    const text = `${users("title: string(int(user.title))")}tests:\n  - { given: { title: x }, expect: { title: null } }\n`;
    const mapping = await compile(text);
    expect(runMappingTests(mapping, mapping.tests)).toMatchObject([
      { passed: false, problems: [{ path: "title" }] },
    ]);
  });
});

test("a mapping without groups is sound when groups are not pushed", async () => {
  const text = "users: { match: [userName], attributes: { userName: user.login } }\n";
  const mapping = await compileMapping({
    definition: hrSource,
    scope,
    mapping: { file: "m.yaml", text },
    pushGroups: false,
  });
  expect(mapping.rows("group")).toEqual([]);
});

test("a broken scope rule hides no mistake of the mapping", async () => {
  const text = users("nickName: lower(user.titel)\ntitle: uper(user.title)");
  const compiled = compile(text, { users: "user.enabeld" });
  await expect(compiled).rejects.toThrow(/enabeld[\s\S]*titel[\s\S]*uper|titel[\s\S]*uper[\s\S]*enabeld/);
});

import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { FUNCTIONS } from "../../../src/commands/from-entra/functions.ts";
import type { Json } from "../../../src/scim/resource.ts";
import { DOCUMENTED } from "./documented.ts";
import { DEFAULT_ROWS, exported } from "./export.ts";
import { Office } from "./office.ts";

const place = (at: number) => `urn:ietf:params:scim:schemas:extension:example:2.0:User:row${at}`;
const person = {
  id: "87d349ed-44d7-43e1-9a83-5f2406dee5bd",
  userPrincipalName: "ann@contoso.com",
  accountEnabled: true,
};
const occasion = {
  now: Date.UTC(2026, 10, 22, 8),
  random: () => (bound: number) => Math.floor(Math.random() * bound),
};

/** Known to Entra, and impossible without it; with a word of what is said of each. */
const IMPOSSIBLE = {
  "AppRoleAssignmentsComplex([appRoleAssignments])": "roles of the application are not read",
  "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])": "roles of the application are not read",
  "SingleAppRoleAssignment([appRoleAssignments])": "roles of the application are not read",
  "DefaultDomain()": "write it out",
  'Error("no name")': "Error() has no counterpart",
};

describe("functions of Entra's expressions", () => {
  test("every documented function, taken over, gives the documented result", async () => {
    using office = new Office();
    const rows = DOCUMENTED.map(({ expression }, at) => ({ target: place(at), from: expression }));
    const { code, out } = await office.take(exported({ rows: [...DEFAULT_ROWS, ...rows] }));
    expect({ code, lost: /not taken over/.test(out) }).toEqual({ code: 0, lost: false });
    expect(await office.run(["validate"])).toMatchObject({ code: 0 });
    const mapping = await office.compiled();
    const wrong = DOCUMENTED.flatMap(({ expression, given, expected }, at) => {
      const { attributes, onCreate, problems } = mapping.evaluate("user", { ...person, ...given }, occasion);
      const got: Json = { ...attributes, ...onCreate }[place(at)] ?? null;
      const problem = problems.find(({ path }) => path === place(at))?.message;
      const isRight =
        expected instanceof RegExp ? expected.test(String(got)) : isDeepStrictEqual(got, expected);
      return isRight && problem === undefined ? [] : [{ expression, given, expected, got, problem }];
    });
    expect(wrong).toEqual([]);
  });

  test("the examples use every function that is known", () => {
    const used = DOCUMENTED.map(({ expression }) => expression).join(" ") + Object.keys(IMPOSSIBLE).join(" ");
    const others = ["Len", "Trim"];
    expect(
      Object.keys(FUNCTIONS).filter((name) => !used.includes(`${name}(`) && !others.includes(name)),
    ).toEqual([]);
  });

  test.each(Object.entries(IMPOSSIBLE))("%s is named, with what to do instead", async (expression, word) => {
    using office = new Office();
    const { code, out } = await office.take(
      exported({ rows: [...DEFAULT_ROWS, { target: "nickName", from: expression }] }),
    );
    expect(code).toBe(0);
    expect(out).toContain("1 setting of Entra not taken over:\n  nickName  ");
    expect(out.replaceAll(/\s+/g, " ")).toContain(word);
    expect(office.mapping.replaceAll(/\s+(# +)?/g, " ")).toContain(`nickName: ${expression}`);
    expect(office.mapping).toMatch(/# ! not translated: /);
    expect(office.config).toContain("mode: dry-run");
    expect(await office.run(["validate"])).toMatchObject({ code: 0 });
  });
});

import { expect, test } from "vitest";
import { createPaint } from "../../src/commands/output/colour.ts";
import { planItemLines } from "../../src/commands/output/plan-item.ts";
import { planSections } from "../../src/commands/output/plan-sections.ts";
import { displayWidth } from "../../src/commands/output/table.ts";
import type { PlanItem } from "../../src/sync/plan.ts";

const plain = createPaint(false, {});
const layout = { paint: plain, width: 100, detailed: false };

function item(about: Partial<PlanItem>): PlanItem {
  return {
    kind: "user",
    label: "ann@example.com",
    name: "Ann Lee",
    sourceId: "1",
    targetId: "t1",
    action: "update",
    reason: "in scope",
    values: [],
    ...about,
  };
}

test("an update shows every value, old and new, and the expression that says so", () => {
  const values = [
    { path: "title", before: "Engineer", after: "Lead Engineer", from: "user.title" },
    {
      path: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
      before: "IT",
      after: null,
      from: "user.department",
    },
  ];
  expect(planItemLines(item({ values }), layout)).toEqual([
    '  ~ update      ann@example.com  "Ann Lee"',
    '      title       "Engineer" → "Lead Engineer"  user.title',
    '      department  "IT" → (empty)                user.department',
  ]);
});

test("a creation is one line, and all its values when asked for", () => {
  const values = [{ path: "userName", before: null, after: "ann@example.com", from: "lower(user.mail)" }];
  const creation = item({ action: "create", values });
  expect(planItemLines(creation, layout)).toEqual(['  + create      ann@example.com  "Ann Lee"']);
  expect(planItemLines(creation, { ...layout, detailed: true })[1]).toBe(
    '      userName  "ann@example.com"  lower(user.mail)',
  );
});

test("a deactivation says why, and not that active becomes false", () => {
  const values = [{ path: "active", before: true, after: false, from: "user.accountEnabled" }];
  const lines = planItemLines(
    item({ action: "deactivate", reason: "deleted in the directory", values }),
    layout,
  );
  expect(lines.slice(1)).toEqual(["      deleted in the directory"]);
});

test("an adoption names the account, what it was found by, and whose it was", () => {
  const found = { targetId: "4711", by: "userName", externalId: "hr-9" };
  const lines = planItemLines(item({ action: "adopt", found, blocked: "held: adoptions" }), layout);
  expect(lines).toContain('      found by userName: 4711, external id "hr-9"');
  expect(lines.at(-1)).toBe("      held: adoptions");
});

test("memberships are counted with their whole, and some are named", () => {
  const members = { add: ["a", "b", "c", "d", "e", "f", "g"], remove: ["x", "y"], of: 1204 };
  const { name: _, ...group } = item({ kind: "group", label: "app-all", action: "members", members });
  expect(planItemLines(group, layout)).toEqual([
    "  * members     app-all  +7 -2 of 1,204",
    "      + a, b, c, d, e, and 2 more",
    "      - x, y",
  ]);
});

test.each([80, 120])(
  "nothing that a directory holds reaches a terminal raw, and lines fit into %i columns",
  (width) => {
    const evil = `\u001b[2J\u202e${"長".repeat(200)}\n\u0007`;
    const hostile = item({
      label: "\u001b]0;owned\u0007",
      name: evil,
      reason: evil,
      blocked: evil,
      found: { targetId: "\u009b2J", by: "userName", externalId: evil },
      values: [{ path: "title", before: evil, after: evil, from: `f(${evil})` }],
    });
    const lines = planItemLines(hostile, { ...layout, width });
    expect(lines.join("")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(
      Math.max(
        ...lines
          .slice(2)
          .filter((line) => line.includes("title"))
          .map(displayWidth),
      ),
    ).toBeLessThanOrEqual(width);
  },
);

test("a kind of change is cut at the limit, and says how many more there are", () => {
  const items = Array.from({ length: 1234 }, (_, n) => item({ action: "create", label: `u${n}` }));
  const lines = [...planSections([...items, item({ action: "deactivate" })], { ...layout, limit: 50 })];
  expect(lines).toHaveLength(1 + 50 + 1);
  expect(lines[0]).toContain("- deactivate");
  expect(lines.at(-1)).toBe("  + ... 1,184 more to create (--limit 0 shows all)");
  expect([...planSections(items, { ...layout, limit: Number.POSITIVE_INFINITY })]).toHaveLength(1234);
});

test.each([
  ["a terminal", true, {}, true],
  ["a pipe", false, {}, false],
  ["NO_COLOR on a terminal", true, { NO_COLOR: "1" }, false],
  ["an empty NO_COLOR", true, { NO_COLOR: "" }, true],
  ["FORCE_COLOR on a pipe", false, { FORCE_COLOR: "1" }, true],
  ["FORCE_COLOR=0 on a terminal", true, { FORCE_COLOR: "0" }, false],
  ["a dumb terminal", true, { TERM: "dumb" }, false],
])("%s: colours %#", (_, isTerminal, environment, coloured) => {
  const text = createPaint(isTerminal, environment).add("x");
  expect(text === "x").toBe(!coloured);
});

test("on a narrow terminal old, new and expression still stand below each other, within the line", () => {
  const values = [
    { path: "name.formatted", before: "Ines Ivanov", after: "Ines Bergström", from: "join(...)" },
    {
      path: "userName",
      before: "ines.ivanov@contoso.example",
      after: "ines.bergstrom@contoso.example",
      from: "lower(user.userPrincipalName)",
    },
  ];
  const lines = planItemLines(item({ action: "rename", values }), { ...layout, width: 80 }).slice(1);
  expect(new Set(lines.map((line) => line.search(/join|lower/))).size).toBe(1);
  for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(80);
});

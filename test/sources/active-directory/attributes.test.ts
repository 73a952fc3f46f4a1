import { expect, test } from "vitest";
import { definition } from "../../../src/sources/active-directory/index.ts";

test("a mapping may not name passwords, nor what no change is reported of, in any spelling", () => {
  expect(definition.refuses?.("user", "unicodepwd")).toMatch(/secret/);
  expect(definition.refuses?.("user", "memberOf")).toMatch(/no change of it is ever reported/);
  expect(definition.refuses?.("user", "department")).toBeUndefined();
});

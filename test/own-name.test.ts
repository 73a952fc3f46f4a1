import { execFileSync } from "node:child_process";
import { userInfo } from "node:os";
import { expect, test } from "vitest";
import { ownName } from "../src/own-name.ts";

test("the user has the name that the machine knows", () => {
  expect(ownName()).toBe(userInfo().username);
});

const isRoot = process.geteuid?.() === 0;

test.runIf(isRoot)(
  `one whom the machine does not know has a number${isRoot ? "" : " [left out: only root may become somebody else]"}`,
  () => {
    const source = new URL("../src/own-name.ts", import.meta.url).href;
    const script = `import { ownName } from ${JSON.stringify(source)}; process.setuid(424242); console.log(ownName());`;
    const node = [process.execPath, "--input-type=module", "--eval", script];
    expect(execFileSync(node[0] ?? "", node.slice(1), { encoding: "utf8" }).trim()).toBe("user 424242");
  },
);

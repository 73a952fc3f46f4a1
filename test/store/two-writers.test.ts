import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { worlds } from "../world.ts";

const world = worlds();
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

const script = `
const { Store } = await import(process.argv[1]);
const clock = { now: () => Date.now(), sleep: async () => {} };
const store = Store.open({ folder: process.argv[2], connection: "staff", target: "directory", clock, create: true });
process.stdout.write("open");
await new Promise((go) => process.stdin.once("data", go));
for (let n = 0; n < 150; n++) store.audit.decisionOnAll(1, "test", Date.now(), "note", String(n));
store.close();
process.exit(0);
`;

test("two processes add to one audit trail at once, nothing is lost, and the chain holds", async () => {
  const w = world();
  w.store().close();
  const file = fileURLToPath(new URL("../../src/store/store.ts", import.meta.url));
  const argv = ["--input-type=module", "-e", script, file, w.folder];
  const both = [0, 1].map(() => spawn(process.execPath, argv, { stdio: ["pipe", "pipe", "inherit"] }));
  children.push(...both);
  await Promise.all(both.map(({ stdout }) => once(stdout, "data")));
  const ends = both.map((child) => once(child, "exit"));
  for (const { stdin } of both) stdin.write("go");
  expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0]);
  const store = w.store();
  expect(store.audit.entries({ limit: -1 })).toHaveLength(300);
  expect(store.audit.firstBreak()).toBeUndefined();
  store.close();
});

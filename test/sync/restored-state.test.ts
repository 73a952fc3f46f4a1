import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { worlds } from "../world.ts";

const world = worlds();

/** The snapshot and the claims; the target keeps what it has. */
const files = ["staff.db", "targets/directory.db"];

test("a state folder put back from before the first writes gives nobody a second account", async () => {
  const w = world({
    capabilities: { enforcesUniqueness: false },
    policy: { existingAccounts: "adopt" },
  });
  w.directory.people("p", 3);
  await w.plan();
  const backup = join(w.folder, "backup");
  for (const file of files) cpSync(join(w.folder, file), join(backup, file));
  await w.sync();
  const before = [...(await w.users()).values()].map(({ id }) => id);
  for (const file of files) {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(join(w.folder, file + suffix), { force: true });
    cpSync(join(backup, file), join(w.folder, file));
  }
  w.calls.length = 0;
  await w.sync();
  w.approve();
  await w.sync();
  expect(w.calls.filter(({ method }) => method === "create")).toEqual([]);
  expect([...(await w.users()).values()].map(({ id }) => id)).toEqual(before);
  expect((await w.sync()).outcome).toBe("done");
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Claims } from "../../src/store/claims.ts";

let folder: string;
const opened: Claims[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-claims-"));
});

afterEach(() => {
  for (const each of opened.splice(0)) each.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(connection: string): Claims {
  const claims = Claims.open(folder, "app", connection);
  opened.push(claims);
  return claims;
}

function granted(claims: Claims): readonly string[] {
  const found: string[] = [];
  claims.granted((sourceIds) => found.push(...sourceIds));
  return found;
}

describe("a wish", () => {
  test("is granted when the owner lets go, once, and to whoever had it", () => {
    const [staff, cloud] = [open("staff"), open("cloud")];
    staff.take("user", "u1", "ann", 1);
    staff.take("group", "u1", "team", 1);
    cloud.wish("user", "u1", "00u-ann");
    cloud.wish("user", "u1", "00u-ann");
    cloud.wish("group", "u1", "00g-team");
    expect(granted(cloud)).toEqual([]);
    staff.release("user", "u1", 2);
    expect(granted(staff)).toEqual([]);
    expect(granted(cloud)).toEqual(["00u-ann"]);
    expect(granted(cloud)).toEqual([]);
  });

  test("stays when what it led to was not written down", () => {
    const [staff, cloud] = [open("staff"), open("cloud")];
    staff.take("user", "u1", "ann", 1);
    cloud.wish("user", "u1", "00u-ann");
    staff.release("user", "u1", 2);
    expect(() =>
      cloud.granted(() => {
        throw new Error("the process died");
      }),
    ).toThrow("died");
    expect(granted(cloud)).toEqual(["00u-ann"]);
  });
});

test("a claim that was released between the look and the taking goes to one of two, not to both", () => {
  const [staff, cloud, partners] = [open("staff"), open("cloud"), open("partners")];
  staff.take("user", "u1", "ann", 1);
  staff.release("user", "u1", 2);
  // The other one takes it after we have seen that nobody has it.
  const owner = cloud.owner.bind(cloud);
  let looks = 0;
  cloud.owner = (kind, targetId) => {
    const seen = owner(kind, targetId);
    if (looks++ === 0) partners.take("user", "u1", "p-ann", 3);
    return seen;
  };
  expect(() => cloud.take("user", "u1", "c-ann", 3)).toThrow(/belongs to p-ann of connection partners/);
  expect(partners.owner("user", "u1")).toEqual({ connection: "partners", sourceId: "p-ann" });
});

test("connections that meet at a target for the first time, each in a process of its own, all open its file", async () => {
  const source = fileURLToPath(new URL("../../src/store/claims.ts", import.meta.url));
  const start = Date.now() + 1_500;
  const script = (connection: string) => `
    const { Claims } = await import(${JSON.stringify(source)});
    while (Date.now() < ${start});
    const claims = Claims.open(${JSON.stringify(folder)}, "app", "${connection}");
    claims.take("user", "${connection}", "ann", 1);
    claims.close();`;
  const children = ["a", "b", "c", "d"].map((connection) =>
    spawn(process.execPath, ["--input-type=module", "-e", script(connection)], {
      stdio: ["ignore", "ignore", "pipe"],
    }),
  );
  const errors = children.map(async (child) => {
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    await once(child, "close");
    return text;
  });
  expect(await Promise.all(errors)).toEqual(["", "", "", ""]);
  for (const connection of ["a", "b", "c", "d"])
    expect(open(connection).owner("user", connection)).toMatchObject({ connection });
}, 60_000);

test("whoever is forgotten leaves no id behind, and their account is still known to have been somebody's", () => {
  const staff = open("staff");
  staff.take("user", "u1", "ann", 1);
  staff.wish("user", "u2", "ann");
  expect(staff.forget("ann", 2)).toBe(1);
  expect(staff.owner("user", "u1")).toBeUndefined();
  const last = staff.lastOwner("user", "u1");
  expect(last).toMatch(/^forgotten:[0-9a-f]{64}$/);
  expect(granted(staff)).toEqual([]);
  staff.take("user", "u1", "namesake", 3);
  expect(staff.lastOwner("user", "u1")).toBe("namesake");
});

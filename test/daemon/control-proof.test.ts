import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { actorOf } from "../../src/daemon/control-actor.ts";
import { proofFolder, prove, proven } from "../../src/daemon/control-proof.ts";

const uid = process.geteuid?.() ?? -1;
const name = "00000000-0000-4000-8000-000000000000";
const nonce = "n1";
const request = Buffer.from('{"type":"run"}');
let folder: string;
let socket: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-proof-"));
  socket = join(folder, "control.sock");
  writeFileSync(socket, "");
  mkdirSync(proofFolder(socket), { mode: 0o700 });
  file = join(proofFolder(socket), name);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const ask = (what = request, said = nonce) => proven(socket, name, said, what);

test("the owner of the file is who asks, whatever the umask, and the file is gone afterwards", async () => {
  const before = process.umask(0o077);
  try {
    expect(await prove(socket, name, nonce, request)).toBe(true);
  } finally {
    process.umask(before);
  }
  expect(await ask()).toBe(uid);
  expect(existsSync(file)).toBe(false);
  expect(await ask()).toBeUndefined();
});

test("it shows nothing for another request or another nonce", async () => {
  await prove(socket, name, nonce, request);
  expect(await ask(Buffer.from('{"type":"run" }'))).toBeUndefined();
  await prove(socket, name, nonce, request);
  expect(await ask(request, "n2")).toBeUndefined();
});

test.each([
  ["a link to a file elsewhere", (other: string) => symlinkSync(other, file)],
  ["a second name of a file", (other: string) => linkSync(other, file)],
  ["a folder", () => mkdirSync(file)],
])("%s shows nothing", async (_, make) => {
  await prove(socket, name, nonce, request);
  const other = join(folder, "other");
  linkSync(file, other);
  rmSync(file);
  make(other);
  expect(await ask()).toBeUndefined();
});

test.each([0o646, 0o664])("a file that others could have written (%o) shows nothing", async (mode) => {
  await prove(socket, name, nonce, request);
  chmodSync(file, mode);
  expect(await ask()).toBeUndefined();
});

test("a client writes nothing into a folder that is a link, or where something is already", async () => {
  writeFileSync(file, "somebody's");
  expect(await prove(socket, name, nonce, request)).toBe(false);
  rmSync(proofFolder(socket), { recursive: true });
  symlinkSync(folder, proofFolder(socket));
  expect(await prove(socket, name, nonce, request)).toBe(false);
  expect(existsSync(join(folder, name))).toBe(false);
});

test("what is shown and what is only claimed are told apart", async () => {
  expect(await actorOf({ user: "ann" }, 0)).toBe("root");
  expect(await actorOf({ user: "root", sudoUser: "ann" }, 0)).toBe("root (claimed: ann)");
  expect(await actorOf({ user: "root", sudoUser: "root" }, 0)).toBe("root");
  expect(await actorOf({ user: "ann" }, undefined)).toBe("unknown (claimed: ann)");
  expect(await actorOf({ user: "root", sudoUser: "ann" }, undefined)).toBe("unknown (claimed: ann)");
  expect(await actorOf({ user: "ann" }, 4_000_000_000)).toBe("user 4000000000");
});

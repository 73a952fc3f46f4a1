/**
 * `node nested-groups.ts FOLDER CHAINS CHANGE`: groups inside groups, ten deep, with 18 people of their own each, and as many flat ones; then the
 * same kind of change over and over, each as a read of its own: somebody joins the innermost group of a chain (deep), the outermost (top), a flat
 * group (flat), or a group of ten leaves the innermost (group). Says what one change took, and how many memberships each brought about.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/commands/system-clock.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { connectionNamed, openConnection } from "../../../src/connection.ts";
import { silent } from "../../../src/log.ts";
import { checkMapping } from "../../../src/mapping/compile.ts";
import type { Change } from "../../../src/sources/source.ts";

const [folder = "", chainCount = "", change = ""] = process.argv.slice(2);
const chains = Number(chainCount);
const depth = 10;
const ownPeople = 18;
const changes = 200;

mkdirSync(folder, { recursive: true });
const file = join(folder, "rollcall.yaml");
const id = "8a7d2f10-5c3e-4b7a-9f21-6d0e4c1b2a33";
const cloud = { type: "entra", tenantId: id, clientId: id, clientSecret: { env: "SECRET" } };
process.env["SECRET"] = "nobody is asked";
writeFileSync(
  file,
  JSON.stringify({ state: "./state", sources: { cloud }, connections: { staff: { source: "cloud" } } }),
);
const { signal } = new AbortController();
const around = { clock: systemClock, log: silent, signal, abort: signal, progress: () => {} };
const config = await loadConfig(file, checkMapping);
const connection = await openConnection(config, connectionNamed(config, "staff"), around);
const work = connection.begin({ purpose: "sync", trigger: "on demand" });
const { store } = work;

read(everything(), "full");
const before = count();
const began = process.cpuUsage();
const start = performance.now();
for (let n = 0; n < changes; n++) read([changeNumber(n)], "delta");
const { user, system } = process.cpuUsage(began);
const each = (total: number) => total / changes;
const said = {
  groups: chains * depth * 2,
  memberships: before,
  brought: Math.abs(count() - before) / changes,
  cpu: each((user + system) / 1e6),
  wall: each((performance.now() - start) / 1000),
};
await connection.close();
console.log(JSON.stringify(said));

function read(said: readonly Change[], type: "full" | "delta"): void {
  const stage = store.stage(work.run, work.judge);
  stage.page(said);
  const end = { run: work.run, read: type, cursor: { text: "" }, selection: work.selection };
  store.finish(stage, end, work.judge);
}

function* chain(at: number): Iterable<Change> {
  for (let level = 0; level < depth; level++) {
    const own = Array.from({ length: ownPeople }, (_, n) => person(at, level, n));
    for (const each of own) yield { type: "present", kind: "user", id: each, record: recordOf(each) };
    for (const kind of ["nested", "flat"]) {
      const group = `${kind}-${at}-${level}`;
      yield { type: "present", kind: "group", id: group, record: { id: group, displayName: group } };
      const inner = kind === "nested" && level < depth - 1 ? [`nested-${at}-${level + 1}`] : [];
      yield { type: "members", group, mode: "listed", ids: [...own, ...inner], last: true };
    }
  }
  // A group of ten, in the innermost one.
  const ten = Array.from({ length: 10 }, (_, n) => person(at, depth, n));
  for (const each of ten) yield { type: "present", kind: "user", id: each, record: recordOf(each) };
  const group = `ten-${at}`;
  yield { type: "present", kind: "group", id: group, record: { id: group, displayName: group } };
  yield { type: "members", group, mode: "listed", ids: ten, last: true };
  yield { type: "members", group: `nested-${at}-${depth - 1}`, mode: "add", ids: [group], last: true };
}

/** Those who are to join are there from the beginning, in no group. */
function everything(): readonly Change[] {
  const joiners = Array.from({ length: changes }, (_, n) => `joins-${n}`);
  return [
    ...Array.from({ length: chains }, (_, at) => [...chain(at)]).flat(),
    ...joiners.map((each): Change => ({ type: "present", kind: "user", id: each, record: recordOf(each) })),
  ];
}

function changeNumber(n: number): Change {
  const at = n % chains;
  if (change === "group") {
    // Out and in again, so that every change is one.
    const mode = Math.floor(n / chains) % 2 === 0 ? "remove" : "add";
    return { type: "members", group: `nested-${at}-${depth - 1}`, mode, ids: [`ten-${at}`], last: true };
  }
  const group =
    change === "deep" ? `nested-${at}-${depth - 1}` : change === "top" ? `nested-${at}-0` : `flat-${at}-0`;
  return { type: "members", group, mode: "add", ids: [`joins-${n}`], last: true };
}

function person(at: number, level: number, n: number): string {
  return `person-${at}-${level}-${n}`;
}

function recordOf(name: string) {
  const login = `${name}@example.com`;
  return { id: name, userPrincipalName: login, displayName: name, accountEnabled: true, mail: login };
}

/** Memberships that are wanted now. */
function count(): number {
  let wanted = 0;
  for (let after = 0; ; ) {
    const groups = store.memberships.pendingGroups(after, 1000);
    const last = groups.at(-1);
    if (last === undefined) return wanted;
    for (const group of groups) wanted += store.memberships.pending(group).length;
    after = last;
  }
}

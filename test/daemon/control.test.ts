import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lineOf } from "../../src/daemon/control-lines.ts";
import { Desk } from "../commands/desk.ts";
import { Serving } from "./serving.ts";

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
  desk.directory.person("ann").person("ben").person("cem").group("team", ["ann", "ben"]);
});
afterEach(() => {
  desk[Symbol.dispose]();
});

const socket = () => join(desk.folder, "state", "control.sock");

test("a command is run by the daemon, and says the same as without it", async () => {
  await using serving = await Serving.of(desk);
  const turns: string[] = [];
  serving.worker.watch((event) => {
    if (event.type === "began") turns.push(event.doing.what);
  });
  const synced = await desk.run("sync");
  expect(synced).toMatchObject({ code: 0, err: "" });
  expect(synced.out).toContain("3 people created");
  expect(turns).toEqual([`sync by ${userInfo().username}`]);
  await serving.close();
  expect((await desk.run("sync")).out).toContain("Nothing changed");
  expect(turns).toHaveLength(1);
});

test("files that a command names are read and written by whoever types it", async () => {
  await using _serving = await Serving.of(desk);
  const plan = join(desk.folder, "plan.json");
  expect((await desk.run(["plan", "--out", plan])).code).toBe(0);
  expect(statSync(plan).mode & 0o777).toBe(0o600);
  const again = await desk.run(["plan", "--out", plan]);
  expect(again).toMatchObject({ code: 2 });
  expect(again.err).toContain("exists already");
  expect((await desk.run(["sync", "--plan", plan])).out).toContain("3 people created");
  const csv = join(desk.folder, "links.csv");
  expect((await desk.run(["links", "export", csv])).code).toBe(0);
  expect(readFileSync(csv, "utf8").split("\r\n")).toHaveLength(6);
  expect(readdirSync(desk.folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  const missing = await desk.run([
    "links",
    "import",
    join(desk.folder, "nothing.csv"),
    "--yes",
    "--reason",
    "x",
  ]);
  expect(missing).toMatchObject({ code: 2 });
  expect(missing.err).toContain("(ENOENT)");
});

test("a question is asked where the command was typed, and the answer stands in the audit trail with the name", async () => {
  await using _serving = await Serving.of(desk);
  await desk.run("sync");
  const questions: string[] = [];
  const ask = async (question: string) => {
    questions.push(question);
    return "maintenance";
  };
  expect((await desk.run("pause", { ask })).code).toBe(0);
  expect(questions).toEqual(["Why is nothing more to be written (staff)? "]);
  const { out } = await desk.run("status --json");
  expect(JSON.parse(out)).toMatchObject({
    connections: [{ pause: { actor: userInfo().username, reason: "maintenance" } }],
  });
});

test("a question that is broken off ends the command as it does without a daemon", async () => {
  await using _serving = await Serving.of(desk);
  const ask = () => Promise.reject(Object.assign(new Error("no"), { name: "AbortError" }));
  expect(await desk.run("pause", { ask })).toMatchObject({ code: 130, err: "rollcall: stopped\n" });
});

test("whoever came by sudo is named as a claim", async () => {
  await using _serving = await Serving.of(desk);
  await desk.run("pause --reason x", { environment: { SUDO_USER: "ann" } });
  const { out } = await desk.run("status --json");
  const [staff] = JSON.parse(out).connections;
  expect(staff.pause.actor).toBe(`${userInfo().username} (claimed: ann)`);
});

test("another configuration is not the daemon's: the command works itself", async () => {
  await using serving = await Serving.of(desk);
  const other = join(desk.folder, "other.yaml");
  writeFileSync(other, readFileSync(desk.file));
  const { file } = desk;
  let began = 0;
  serving.worker.watch(() => {
    began += 1;
  });
  desk.place = other;
  expect((await desk.run("sync")).code).toBe(0);
  expect(began).toBe(0);
  desk.place = file;
  expect((await desk.run("sync")).code).toBe(0);
  expect(began).toBeGreaterThan(0);
});

test("a socket that a killed daemon left is taken away, one that is listened on is not", async () => {
  await using serving = await Serving.of(desk);
  await expect(Serving.of(desk)).rejects.toThrow(`another daemon listens on ${socket()}`);
  await serving.close();
  expect(existsSync(socket())).toBe(false);
  // What is there and is no socket is somebody's.
  writeFileSync(socket(), "mine");
  await expect(Serving.of(desk)).rejects.toThrow("is no socket");
});

test("a path that no socket can have is refused in a sentence", async () => {
  const long = `/tmp/${"x".repeat(120)}/control.sock`;
  writeFileSync(desk.file, `control: ${long}\n${readFileSync(desk.file, "utf8")}`);
  await expect(Serving.of(desk)).rejects.toThrow("the path of the control socket is too long");
});

/** A directory that is not read before somebody opens the gate. */
function gated(): { readonly open: () => void; readonly reached: Promise<void> } {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const { poll } = desk.directory.source();
  desk.source = {
    async *poll(cursor, signal) {
      reached.resolve();
      await Promise.race([
        gate.promise,
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      ]);
      yield* poll(cursor, signal);
    },
  };
  return { open: gate.resolve, reached: reached.promise };
}

/** A client that types a command and can leave. */
function typing(command: string): Socket {
  const client = connect(socket());
  client.on("error", () => {});
  const terminal = { isTerminal: false };
  const line = { type: "run", argv: [command], stdout: terminal, stderr: terminal, asks: false };
  client.write(lineOf({ ...line, environment: {}, user: "ann" }));
  return client;
}

/** A cycle on schedule that is under way, and stays so until it is let go on. */
async function underWay({ worker }: Serving) {
  const gate = gated();
  const cycle = worker.cycle(
    "staff",
    { purpose: "sync", trigger: "schedule" },
    { what: "a cycle on schedule" },
  );
  await gate.reached;
  return { cycle, open: gate.open };
}

test("a sync waits for the cycle that runs, says so, and is a cycle of its own", async () => {
  await using serving = await Serving.of(desk);
  const { cycle, open } = await underWay(serving);
  const sync = desk.run("sync");
  const busy = await until(async () => {
    const { out } = await desk.run("status --json");
    const { daemon } = JSON.parse(out);
    return daemon.connections[0].waiting.length === 1 ? daemon : undefined;
  });
  expect(busy).toMatchObject({
    pid: process.pid,
    connections: [
      {
        connection: "staff",
        doing: { what: "a cycle on schedule" },
        waiting: [{ what: expect.stringMatching(/^sync by /) }],
      },
    ],
  });
  open();
  expect((await cycle).run).toBe(1);
  const { code, err, out } = await sync;
  expect(code).toBe(0);
  expect(err).toMatch(/^staff: waits for a cycle on schedule, asked for /);
  expect(out).toContain("sync, run 2");
});

test("Ctrl-C ends the wait for a turn at once, and nothing is run", async () => {
  await using serving = await Serving.of(desk);
  const { cycle, open } = await underWay(serving);
  const stop = new AbortController();
  const sync = desk.run("sync", { signal: stop.signal });
  await until(async () => serving.worker.status().connections[0]?.waiting.length === 1 || undefined);
  stop.abort();
  expect((await sync).code).toBe(1);
  open();
  await cycle;
  expect((await desk.run("log --json")).out).not.toContain("run 2");
});

test("Ctrl-C ends a sync in the daemon as it ends one without", async () => {
  const stopped = async () => {
    const gate = gated();
    const stop = new AbortController();
    const sync = desk.run("sync", { signal: stop.signal });
    await gate.reached;
    stop.abort();
    return sync;
  };
  const alone = await stopped();
  await using _serving = await Serving.of(desk);
  const served = await stopped();
  expect(served.code).toBe(alone.code);
  expect(served.out.replace("run 2", "run 1").replace(/\d+ ms/g, "")).toBe(alone.out.replace(/\d+ ms/g, ""));
});

test.each([
  ["sync", "goes on to its end"],
  ["plan", "ends"],
] as const)("a %s whose client is gone %s", async (command, _) => {
  await using serving = await Serving.of(desk);
  const gate = gated();
  const client = typing(command);
  await gate.reached;
  client.destroy();
  if (command === "sync") gate.open();
  await until(async () => (serving.worker.status().connections[0]?.doing === undefined ? true : undefined));
  desk.source = {};
  const { out } = await desk.run("status --json");
  const [staff] = JSON.parse(out).connections;
  expect(staff.lastRun).toMatchObject({
    purpose: command,
    outcome: command === "sync" ? "done" : "interrupted",
  });
  expect(staff.lastRun.actor).toBe("unknown (claimed: ann)");
});

test("whether the daemon is well is asked with one command", async () => {
  const without = await desk.run("daemon check");
  expect(without).toMatchObject({ code: 1, out: "" });
  expect(without.err).toContain("no daemon runs with this configuration");
  await using serving = await Serving.of(desk);
  expect(await desk.run("daemon check")).toMatchObject({ code: 0, err: "" });
  serving.worker.isAlive = () => false;
  const stuck = await desk.run("daemon check --json");
  expect(stuck.code).toBe(1);
  expect(stuck.err).toContain("a clock of the daemon stands still");
});

test("a sync whose client is gone before its turn came is not run", async () => {
  await using serving = await Serving.of(desk);
  const { cycle, open } = await underWay(serving);
  const client = typing("sync");
  const waiting = () => serving.worker.status().connections[0]?.waiting.length;
  await until(async () => waiting() === 1 || undefined);
  client.destroy();
  await until(async () => waiting() === 0 || undefined);
  open();
  await cycle;
  expect(JSON.parse((await desk.run("status --json")).out).connections[0].lastRun.id).toBe(1);
});

test("a socket on which somebody else listens is left to them", async () => {
  mkdirSync(join(desk.folder, "state"));
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(socket(), resolve));
  try {
    await expect(Serving.of(desk)).rejects.toThrow(`another daemon listens on ${socket()}`);
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

test("a daemon of another version is not spoken to, but for reload and stop", async () => {
  await using serving = await Serving.of(desk, { version: "0.0.0-older" });
  const refused = await desk.run("status");
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.err).toContain("the daemon that runs is rollcall 0.0.0-older, and this is ");
  expect((await desk.run("daemon reload")).out).toContain("did not change");
  expect((await desk.run("daemon stop")).out).toContain(`(pid ${process.pid}) ends after what is under way`);
  expect(serving.told.aborted).toBe(true);
});

test("a reload answers with all that is wrong in the file, and what runs goes on", async () => {
  await using _serving = await Serving.of(desk);
  const before = readFileSync(desk.file, "utf8");
  writeFileSync(desk.file, `${before}    evry: 1h\n`);
  const refused = await desk.run("daemon reload");
  expect(refused.code).toBe(2);
  expect(refused.err).toContain("goes on with what it has");
  expect(refused.err).toContain("evry");
  writeFileSync(desk.file, `${before}    every: 1h\n`);
  expect((await desk.run("daemon reload")).out).toContain("is in use, with 1 connection");
});

test("what needs a daemon says that none runs", async () => {
  const { code, err } = await desk.run("daemon reload");
  expect(code).toBe(1);
  expect(err).toContain("no daemon runs with this configuration");
  expect((await desk.run("status")).out).toContain("daemon  does not run");
});

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

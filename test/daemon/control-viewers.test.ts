import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pLimit from "p-limit";
import { expect, test } from "vitest";
import type { Io } from "../../src/commands/invocation.ts";
import { run } from "../../src/commands/run.ts";
import { openControl } from "../../src/daemon/control.ts";
import type { Host } from "../../src/daemon/control-host.ts";
import { viewSocket } from "../../src/daemon/control-place.ts";
import type { Guest } from "../../src/daemon/control-seat.ts";
import { silent } from "../../src/log.ts";
import { Desk } from "../commands/desk.ts";
import { Serving } from "./serving.ts";

test("those who may only look keep nobody out who may do everything", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-viewers-"));
  writeFileSync(join(folder, "rollcall.yaml"), "");
  const path = join(folder, "control.sock");
  const control = await openControl({
    path,
    folderMode: 0o700,
    config: join(folder, "rollcall.yaml"),
    version: "1.2.3",
    patienceMs: 2_000,
    groups: { view: process.getgid?.(), operate: undefined },
    host: {} as Host,
    log: silent,
    run: async () => 0,
  });
  const sockets: Socket[] = [];
  const greeting = (at: string) => {
    const socket = connect(at);
    sockets.push(socket);
    return new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(String(chunk))));
  };
  try {
    for (let n = 0; n < 32; n += 1) expect(await greeting(viewSocket(path))).toContain('"hello"');
    expect(await greeting(viewSocket(path))).toContain("the daemon serves 32 commands already");
    expect(await greeting(path)).toContain('"hello"');
  } finally {
    for (const socket of sockets) socket.destroy();
    await control.close(AbortSignal.abort());
    rmSync(folder, { recursive: true, force: true });
  }
});

/** As somebody at the socket runs a command inside the daemon. */
function inside(desk: Desk, serving: Serving, onCopy: Host["onCopy"], signal: AbortSignal): Io {
  const said = { isTerminal: false, columns: undefined, write: () => {} };
  const { config, refusals } = serving.worker;
  const status = () => serving.worker.status();
  const host = { config, refusals, status, log: silent, onCopy } as unknown as Host;
  const never = new AbortController().signal;
  const guest = { actor: "ann", may: "view", what: "", holds: new Set(), lost: never, host };
  const io: Io = {
    stdout: said,
    stderr: said,
    environment: {},
    clock: desk.clock,
    signal,
    abort: never,
    ask: undefined,
    guest: guest as unknown as Guest & { leaveUnanswered(): void },
  };
  return io;
}

test("in the daemon one offline plan is made at a time, and who gives up does not wait for the others", async () => {
  using desk = new Desk();
  desk.directory.person("ann");
  await desk.run("sync");
  await using serving = await Serving.of(desk);
  const onCopy = pLimit(1);
  const { promise: another, resolve: end } = Promise.withResolvers<void>();
  void onCopy(() => another);
  const stop = new AbortController();
  const line = ["plan", "--offline", "--config", desk.file];
  const first = run(line, inside(desk, serving, onCopy, new AbortController().signal));
  const second = run(line, inside(desk, serving, onCopy, stop.signal));
  await expect.poll(() => onCopy.pendingCount).toBe(2);
  stop.abort();
  expect(await second).not.toBe(0);
  expect(onCopy.pendingCount).toBe(2);
  end();
  expect(await first).toBe(0);
});

test("in the daemon status --watch looks every two seconds at most", async () => {
  using desk = new Desk();
  await using serving = await Serving.of(desk);
  const stop = new AbortController();
  const slept: number[] = [];
  const io = inside(desk, serving, pLimit(1), stop.signal);
  const sleep = async (ms: number) => {
    slept.push(ms);
    stop.abort();
  };
  const clock = { now: () => desk.clock.now(), sleep };
  await run(["status", "--watch", "--interval", "1s", "--config", desk.file], { ...io, clock });
  expect(slept).toEqual([2_000]);
});

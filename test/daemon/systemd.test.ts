import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { serviceNotifier } from "../../src/daemon/systemd.ts";
import { statusLine } from "../../src/daemon/tell-systemd.ts";
import { feedWatchdog } from "../../src/daemon/watchdog.ts";
import { silent } from "../../src/log.ts";
import { SimulatedClock } from "./simulated-clock.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-notify-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A systemd-notify that writes down what it was called with, and which socket it was told of. */
function recorder(script = 'echo "$NOTIFY_SOCKET: $*" >> "$0.log"'): Record<string, string> {
  const file = join(folder, "systemd-notify");
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return { NOTIFY_SOCKET: "/run/systemd/notify", PATH: `${folder}:${process.env["PATH"]}` };
}

const said = () => readFileSync(join(folder, "systemd-notify.log"), "utf8").trimEnd().split("\n");

test("messages arrive in the order in which they were sent, each as a whole", async () => {
  const notifier = serviceNotifier(recorder(), silent);
  const all = [notifier.send("READY=1", "STATUS=two words; more"), notifier.send("WATCHDOG=1")];
  await Promise.all([...all, notifier.send("STOPPING=1")]);
  expect(said()).toEqual([
    "/run/systemd/notify: READY=1 STATUS=two words; more",
    "/run/systemd/notify: WATCHDOG=1",
    "/run/systemd/notify: STOPPING=1",
  ]);
});

test("without a service manager nothing is started", async () => {
  const { NOTIFY_SOCKET: _, ...environment } = recorder();
  const notifier = serviceNotifier({ ...environment, WATCHDOG_USEC: "1000000" }, silent);
  expect(notifier.watchdogMs).toBeUndefined();
  await notifier.send("READY=1");
  expect(existsSync(join(folder, "systemd-notify.log"))).toBe(false);
});

test("a systemd-notify that fails or is not there stops nothing, and is said once", async () => {
  const warnings: string[] = [];
  const log = { ...silent, warn: (_: object, text: string) => void warnings.push(text) };
  const failing = serviceNotifier(recorder("exit 1"), log);
  await failing.send("READY=1");
  await failing.send("WATCHDOG=1");
  expect(warnings).toEqual(["systemd cannot be told how the daemon is: systemd-notify failed"]);
  await serviceNotifier({ NOTIFY_SOCKET: "/run/x", PATH: join(folder, "nothing") }, log).send("READY=1");
  expect(warnings).toHaveLength(2);
});

describe("the watchdog", () => {
  test.each([
    [{ WATCHDOG_USEC: "180000000" }, 180_000],
    [{ WATCHDOG_USEC: "180000000", WATCHDOG_PID: String(process.pid) }, 180_000],
    [{ WATCHDOG_USEC: "180000000", WATCHDOG_PID: "1" }, undefined],
    [{}, undefined],
    [{ WATCHDOG_USEC: "soon" }, undefined],
  ])("%j wants a sign of life within %s ms", (environment, expected) => {
    expect(serviceNotifier({ ...recorder(), ...environment }, silent).watchdogMs).toBe(expected);
  });

  test("gets three signs of life in each period for as long as the worker gets on, and none while it hangs", async () => {
    const clock = new SimulatedClock(0);
    const sent: string[] = [];
    const errors: string[] = [];
    const log = { ...silent, error: (_: object, text: string) => void errors.push(text) };
    const notifier = {
      watchdogMs: 90_000,
      send: async (...all: readonly string[]) => void sent.push(...all),
    };
    let isAlive = true;
    const enough = new AbortController();
    const fed = feedWatchdog({ isAlive: () => isAlive }, notifier, { clock, log }, enough.signal);
    await clock.pass(179_000);
    expect(sent).toEqual(Array(6).fill("WATCHDOG=1"));
    isAlive = false;
    await clock.pass(300_000);
    expect(sent).toHaveLength(6);
    expect(errors).toHaveLength(1);
    isAlive = true;
    await clock.pass(30_000);
    expect(sent).toHaveLength(7);
    enough.abort();
    await fed;
    expect(clock.sleepers).toBe(0);
  });
});

test("the line of systemctl status says who works, what comes next and what is wrong", () => {
  const none = { dueAt: undefined, doing: undefined, waiting: [], busySince: undefined };
  const status = {
    startedAt: 0,
    config: { file: "rollcall.yaml", digest: "", since: 0 },
    refused: undefined,
    stopping: false,
    connections: [
      { ...none, connection: "staff", nextAt: Date.UTC(2026, 10, 22, 9, 40) },
      { ...none, connection: "crew", nextAt: Date.UTC(2026, 10, 22, 9, 20) },
    ],
  };
  expect(statusLine(status)).toBe("STATUS=2 connections; next cycle: crew at 2026-11-22T09:20:00Z");
  const doing = { what: "sync by ann", askedAt: 0, beganAt: 0, progress: undefined };
  const [one] = status.connections;
  if (one === undefined) throw new Error("none");
  expect(
    statusLine({
      ...status,
      refused: { at: 0, message: "x" },
      connections: [{ ...one, doing, nextAt: undefined }],
    }),
  ).toBe("STATUS=1 connection; working on staff; the changed configuration is not taken (see the log)");
});

const receiver = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); print("ready", flush=True)
while True: print(s.recv(4096).decode().replace("\\n", " "), flush=True)`;

const isInstalled = existsSync("/usr/bin/systemd-notify") && existsSync("/usr/bin/python3");

test.skipIf(!isInstalled)(
  `systemd's own systemd-notify says it at a real socket${isInstalled ? "" : " [left out: systemd or python3 is not installed]"}`,
  async () => {
    const socket = join(folder, "notify");
    const child = spawn("/usr/bin/python3", ["-c", receiver, socket], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      let got = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        got += text;
      });
      while (!got.includes("ready")) await once(child.stdout, "data");
      const notifier = serviceNotifier({ NOTIFY_SOCKET: socket, PATH: "/usr/bin" }, silent);
      await notifier.send("READY=1", "STATUS=2 connections");
      await notifier.send("WATCHDOG=1");
      // It returns only when the message was taken in, so that systemd knows whose it is.
      expect(got.split("\n").filter((line) => line !== "" && line !== "ready")).toEqual(
        expect.arrayContaining(["READY=1 STATUS=2 connections"]),
      );
      expect(execFileSync("/usr/bin/systemd-notify", ["--version"], { encoding: "utf8" })).toContain(
        "systemd",
      );
    } finally {
      child.kill("SIGKILL");
      await once(child, "close");
    }
  },
);

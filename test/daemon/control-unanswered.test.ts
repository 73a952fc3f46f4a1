import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inTurn } from "../../src/commands/in-turn.ts";
import { type Control, type ControlOptions, openControl } from "../../src/daemon/control.ts";
import type { Host } from "../../src/daemon/control-host.ts";
import { lineOf } from "../../src/daemon/control-lines.ts";
import type { Seat } from "../../src/daemon/control-seat.ts";
import { TestClock } from "../world.ts";
import { controlOptions } from "./control-options.ts";

let folder: string;
let control: Control;
let socket: Socket;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-unanswered-"));
  writeFileSync(join(folder, "rollcall.yaml"), "");
});
afterEach(async () => {
  socket.destroy();
  await control.close(AbortSignal.abort());
  rmSync(folder, { recursive: true, force: true });
});

/** A daemon, and a client that types a command and answers nothing; resolves when it hears `word`. */
async function silentClient(
  word: string,
  work: (seat: Seat) => Promise<unknown>,
  more: Partial<ControlOptions> = {},
): Promise<{ readonly failure: Promise<unknown>; readonly gone: Promise<unknown> }> {
  const { promise: failure, resolve } = Promise.withResolvers<unknown>();
  const run: ControlOptions["run"] = async (_, seat) => {
    await work(seat).then(() => resolve(undefined), resolve);
    return 1;
  };
  control = await openControl({ ...controlOptions(folder, run), ...more });
  socket = connect(control.path);
  const gone = new Promise((closed) => socket.once("close", closed));
  const terminal = { isTerminal: false };
  const line = { type: "run", argv: ["x"], stdout: terminal, stderr: terminal, asks: true, environment: {} };
  socket.write(lineOf({ ...line, user: "ann" }));
  await new Promise<void>((heard) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += String(chunk);
      if (text.includes(word)) heard();
    });
  });
  return { failure, gone };
}

test("a client that does nothing with a file for too long is let go, and its command ends", async () => {
  const { failure, gone } = await silentClient('"exists"', ({ guest }) => guest.files.exists("/a/file"), {
    fileMs: 50,
  });
  await gone;
  expect(await failure).toMatchObject({ name: "AbortError" });
});

test("a turn that is cut off waits for nobody's answer any more", async () => {
  const cut = new AbortController();
  const never = new AbortController().signal;
  const turn: Host["turn"] = (_connection, _asked, work) =>
    work({ signal: never, abort: cut.signal, progress: () => {}, report: () => {} });
  const { failure } = await silentClient(
    "Why?",
    (seat) =>
      inTurn({ io: { ...seat, clock: new TestClock() }, arguments: [], flags: {} }, "staff", "cycle", () =>
        Promise.resolve(seat.ask?.("Why?")),
      ),
    { host: { turn, watch: () => () => {} } as Partial<Host> as Host },
  );
  cut.abort();
  expect(await failure).toMatchObject({ name: "AbortError" });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { Desk } from "./desk.ts";

const CLEAR_LINE = "\u001b[K";
const frames = (screen: string) => screen.split("\u001b[?2026h\u001b[H").slice(1);

/** Types `status --watch`, and does one of these things before each further look; then Ctrl-C comes. */
async function watched(
  desk: Desk,
  line: string,
  steps: readonly (() => unknown)[],
  seat: { readonly columns?: number; readonly rows?: number; readonly term?: string } = {},
) {
  const stop = new AbortController();
  const slept: number[] = [];
  const left = [...steps];
  // Each step runs commands of its own, which sleep too.
  let isOurs = true;
  desk.clock.sleep = async (ms) => {
    desk.clock.time += ms;
    if (!isOurs) return;
    slept.push(ms);
    const step = left.shift();
    isOurs = false;
    await step?.();
    isOurs = true;
    if (step === undefined) stop.abort();
  };
  const environment = { NO_COLOR: "1", ...(seat.term === undefined ? {} : { TERM: seat.term }) };
  const { screen: before } = desk;
  const result = await desk.run(line, { ...seat, environment, signal: stop.signal });
  return { ...result, slept, before };
}

describe("on a terminal", () => {
  const window = { columns: 80, rows: 24 };

  test("it draws in place on the second screen, every two seconds, and gives the first one back", async () => {
    using desk = new Desk();
    desk.directory.people("u", 3);
    await desk.run("sync");
    const { code, out, slept } = await watched(desk, "status --watch", [() => {}, () => {}], window);
    expect(code).toBe(1);
    expect(slept).toEqual([2000, 2000, 2000]);
    expect(out.startsWith("\u001b[?1049h\u001b[?25l\u001b[?7l")).toBe(true);
    expect(out.endsWith("\u001b[?7h\u001b[?25h\u001b[?1049l")).toBe(true);
    expect(out.split("\u001b[?1049")).toHaveLength(3);
    const drawn = frames(out);
    expect(drawn).toHaveLength(3);
    for (const frame of drawn) {
      expect(frame).toContain("rollcall status, every 2");
      expect(frame).toMatch(/staff +ok/);
      // Each line takes away what stood there before, and nothing is cleared first.
      for (const each of frame.split("\r\n")) expect(each).toContain(CLEAR_LINE);
    }
  });

  test("what another process does shows with the next look", async () => {
    using desk = new Desk();
    desk.directory.people("u", 3);
    const { out } = await watched(desk, "status --watch", [() => desk.run("sync")], window);
    const [before = "", after = ""] = frames(out);
    expect(before).toMatch(/staff +never run/);
    expect(after).toMatch(/staff +ok/);
  });

  test("what does not fit into a low window is counted", async () => {
    using desk = new Desk();
    desk.directory.people("u", 3);
    await desk.run("sync");
    const { out } = await watched(desk, "status --watch --interval 10s", [], { columns: 80, rows: 5 });
    const [frame = ""] = frames(out);
    expect(frame.split("\r\n")).toHaveLength(5);
    expect(frame).toMatch(/\.\.\. \d+ more lines/);
    expect(frame).toContain("every 10 s");
  });

  test("a configuration that is being edited is told, and the last look stays", async () => {
    using desk = new Desk();
    desk.directory.people("u", 3);
    await desk.run("sync");
    const text = desk.read("rollcall.yaml");
    const edits = [() => writeFileSync(desk.file, "connections: ["), () => writeFileSync(desk.file, text)];
    const { out } = await watched(desk, "status --watch", edits, window);
    const [, broken = "", mended = ""] = frames(out);
    expect(broken).toContain("not as of now: ");
    expect(broken).toMatch(/staff +ok/);
    expect(mended).not.toContain("not as of now");
  });
});

describe("elsewhere", () => {
  test("there is a block each time that something changed, and no control sequence", async () => {
    using desk = new Desk();
    desk.directory.people("u", 3);
    const steps = [() => {}, () => desk.run("sync"), () => {}];
    const { out } = await watched(desk, "status --watch", steps);
    expect(out.match(/^--- \d{4}-/gm)).toHaveLength(2);
    expect(out).toMatch(/never run[\s\S]*staff +ok/);
    expect(out).not.toContain("\u001b");
  });

  test("a terminal that knows no control sequences gets none", async () => {
    using desk = new Desk();
    const { out } = await watched(desk, "status --watch", [() => {}], {
      columns: 80,
      rows: 24,
      term: "dumb",
    });
    expect(out).toMatch(/^--- \d{4}-/);
    expect(out).not.toContain("\u001b");
  });

  test("with --json there is one line each time that something changed", async () => {
    using desk = new Desk();
    desk.directory.people("u", 3);
    const steps = [() => {}, () => desk.run("sync"), () => {}];
    const { out } = await watched(desk, "status --watch --json", steps, { columns: 80, rows: 24 });
    const documents = out.trimEnd().split("\n");
    expect(documents.map((each) => JSON.parse(each).connections[0].state)).toEqual(["never run", "ok"]);
  });

  test("trouble is said once on standard error, and the watch goes on", async () => {
    using desk = new Desk();
    await desk.run("status");
    const text = desk.read("rollcall.yaml");
    const broken = () => writeFileSync(desk.file, "connections: [");
    const steps = [broken, () => {}, () => writeFileSync(desk.file, text)];
    const { err, code } = await watched(desk, "status --watch --json", steps);
    expect(err.match(/^rollcall: /gm)).toHaveLength(1);
    expect(code).toBe(1);
  });
});

test("what is wrong from the start is an error like any other", async () => {
  using desk = new Desk();
  expect(await desk.run("status nobody --watch")).toMatchObject({ code: 2 });
  expect(await desk.run("status --watch --interval 1ms")).toMatchObject({ code: 2 });
  expect((await desk.run("status --interval 3s")).err).toContain("--watch");
});

const hasScript = existsSync("/usr/bin/script");

/** The real process in a real terminal of 60 columns and 12 rows, which another program resizes. */
test.runIf(hasScript)(
  `in a real terminal it follows the window, and Ctrl-C puts everything back and exits 130${hasScript ? "" : " [left out: script is not installed]"}`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "rollcall-watch-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, "pw"), "secret", { mode: 0o600 });
    writeFileSync(
      join(folder, "rollcall.yaml"),
      'state: ./state\nsources:\n  ad: { type: active-directory, url: "ldaps://127.0.0.1:9", bindDn: x, bindPassword: { file: pw } }\nconnections:\n  staff: { source: ad }\n',
    );
    const main = fileURLToPath(new URL("../../bin/rollcall.js", import.meta.url));
    const command = `trap : INT; tty; stty rows 12 cols 60; '${process.execPath}' '${main}' status --watch --interval 1h --config '${folder}/rollcall.yaml'; echo "ended with $?"; stty -a | head -1`;
    const child = spawn("/usr/bin/script", ["-qfec", command, "/dev/null"], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, SHELL: "/bin/sh", NO_COLOR: "1" },
    });
    onTestFinished(() => {
      if (child.exitCode === null) child.kill("SIGKILL");
    });
    let seen = "";
    child.stdout.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      child.emit("seen");
    });
    const shown = async (wanted: () => boolean) => {
      while (!wanted()) await once(child, "seen");
    };
    await shown(() => frames(seen).length === 1 && seen.includes("never run"));
    expect(frames(seen)[0]).not.toContain("more lines");
    // The window gets another size: what is on it is drawn anew, long before it is time for the next look.
    const terminal = /^\/dev\/\S+/m.exec(seen)?.[0] ?? "";
    spawn("/usr/bin/stty", ["-F", terminal, "rows", "5", "cols", "60"], { stdio: "inherit" });
    await shown(() => frames(seen).length === 2 && seen.includes("more lines"));
    // The keys go through the terminal's own line discipline.
    child.stdin.write("\u0003");
    await shown(() => /ended with \d+[\s\S]*columns/.test(seen));
    expect(seen).toContain("ended with 130");
    expect(seen.indexOf("\u001b[?25h\u001b[?1049l")).toBeLessThan(seen.indexOf("ended with"));
    expect(seen.indexOf("\u001b[?25h\u001b[?1049l")).toBeGreaterThan(0);
  },
  30_000,
);

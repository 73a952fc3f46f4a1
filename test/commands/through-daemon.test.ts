/** What stands on the other side of the socket may be no friend: a daemon that was broken into, or somebody who only plays one. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { version } from "../../src/commands/version.ts";
import { LineReader, lineOf } from "../../src/daemon/control-lines.ts";
import type { FileRequest, FromDaemon } from "../../src/daemon/control-protocol.ts";
import { Desk } from "./desk.ts";

let desk: Desk;
let folder: string;
let server: Server;
let heard: Record<string, unknown>[];

beforeEach(() => {
  desk = new Desk();
  folder = mkdtempSync(join(tmpdir(), "rollcall-false-"));
  heard = [];
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  desk[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Answers the request with these messages, one after the answer to the one before. */
async function play(messages: readonly (FromDaemon | string)[], hello: object = {}): Promise<void> {
  const path = join(folder, "control.sock");
  writeFileSync(desk.file, `control: ${path}\n${readFileSync(desk.file, "utf8")}`);
  const said = {
    type: "hello",
    protocol: 1,
    version: version(),
    pid: 1,
    config: [desk.file],
    nonce: "n",
    ...hello,
  };
  server = createServer((socket: Socket) => {
    const rest = [...messages];
    const lines = new LineReader();
    socket.on("error", () => {});
    socket.write(lineOf(said));
    socket.on("data", (chunk: Buffer) => {
      for (const line of lines.push(chunk)) {
        heard.push(JSON.parse(line.toString()));
        for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
          socket.write(typeof next === "string" ? next : lineOf(next));
          if (typeof next !== "string" && (next.type === "file" || next.type === "ask")) break;
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
}

const file = (id: number, request: FileRequest): FromDaemon => ({ type: "file", id, ...request });

test("no file is opened but those of the command line, and in no other way than the command does", async () => {
  const out = join(folder, "plan.json");
  const other = join(folder, "other");
  writeFileSync(other, "secret");
  await play([
    file(0, { do: "open", path: other, use: "read" }),
    file(1, { do: "open", path: other, use: "replace" }),
    file(2, { do: "exists", path: other }),
    file(3, { do: "open", path: out, use: "read" }),
    file(4, { do: "open", path: out, use: "replace" }),
    file(5, { do: "read", file: 0 }),
    file(6, { do: "open", path: out, use: "new" }),
    file(7, { do: "write", file: 0, data: Buffer.from("plan").toString("base64") }),
    { type: "exit", code: 0 },
  ]);
  expect((await desk.run(["plan", "--out", out])).code).toBe(0);
  const answers = heard.filter(({ type }) => type === "answer");
  expect(answers.slice(0, 6).map(({ error }) => (error as { readonly code: string }).code)).toEqual(
    Array.from({ length: 6 }, () => "EPERM"),
  );
  expect(answers.slice(6)).toEqual([
    { type: "answer", id: 6, file: 0 },
    { type: "answer", id: 7 },
  ]);
  expect(readFileSync(other, "utf8")).toBe("secret");
  // It was never finished, and so nothing of it is left.
  expect(existsSync(out)).toBe(false);
});

test("a terminal is not made to obey anything but colours and a line that is rewritten", async () => {
  await play([
    { type: "out", text: "\u001b[31mred\u001b[0m \u001b]52;c;aGE=\u0007 \u001bP0q\u001b\\ \u009b2J\n" },
    { type: "exit", code: 0 },
  ]);
  const { out } = await desk.run("status", { columns: 80 });
  expect(out).toBe("\u001b[31mred\u001b[0m \ufffd]52;c;aGE=\u0007 \ufffdP0q\ufffd\\ \ufffd2J\n");
});

test("nothing of the environment travels but how colours are wanted", async () => {
  await play([{ type: "exit", code: 0 }]);
  await desk.run("status", { environment: { NO_COLOR: "1", ENTRA_CLIENT_SECRET: "hunter2", PATH: "/bin" } });
  expect(heard[0]).toMatchObject({ environment: { NO_COLOR: "1" } });
  expect(JSON.stringify(heard)).not.toContain("hunter2");
});

test.each([
  ["ends without a word", [], "the daemon ended before the command did"],
  ["speaks nonsense", ["nonsense\n"], "the daemon ended before the command did"],
  ["refuses", [{ type: "refused", message: "not today", hint: "tomorrow" } as const], "not today"],
])("a daemon that %s is an error in a sentence", async (_, messages, sentence) => {
  await play(messages.length === 0 ? ["\n"] : messages);
  const { code, out, err } = await desk.run("status");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain(sentence);
});

test("a daemon that speaks another protocol is not spoken to", async () => {
  await play([], { protocol: 2, version: "9.0.0" });
  const { code, err } = await desk.run("daemon stop");
  expect(code).toBe(1);
  expect(err).toContain("the daemon that runs is rollcall 9.0.0, which this command does not understand");
  expect(heard).toEqual([]);
});

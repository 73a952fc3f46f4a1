import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Control, type ControlOptions, openControl } from "../../src/daemon/control.ts";
import { LineReader, lineOf, longestLine } from "../../src/daemon/control-lines.ts";
import type { FromDaemon } from "../../src/daemon/control-protocol.ts";
import type { Seat } from "../../src/daemon/control-seat.ts";
import { controlOptions } from "./control-options.ts";

let folder: string;
let control: Control;
const sockets: Socket[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-control-"));
  writeFileSync(join(folder, "rollcall.yaml"), "");
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await control.close(AbortSignal.abort());
  rmSync(folder, { recursive: true, force: true });
});

async function open(run: ControlOptions["run"], more: Partial<ControlOptions> = {}): Promise<void> {
  control = await openControl({ ...controlOptions(folder, run), ...more });
}

/** Talks bytes. */
class Client {
  readonly socket: Socket;
  readonly heard: FromDaemon[] = [];
  readonly closed: Promise<void>;
  readonly #lines = new LineReader();
  #wake = () => {};

  constructor() {
    this.socket = connect(control.path);
    sockets.push(this.socket);
    this.socket.on("error", () => {});
    this.socket.on("data", (chunk: Buffer) => {
      for (const line of this.#lines.push(chunk)) this.heard.push(JSON.parse(line.toString()));
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on("close", () => {
        this.#wake();
        resolve();
      });
    });
  }

  async next(type: FromDaemon["type"]): Promise<FromDaemon> {
    for (;;) {
      const found = this.heard.find((each) => each.type === type);
      if (found !== undefined) return found;
      if (this.socket.destroyed) throw new Error(`closed before ${type}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  send(...messages: readonly unknown[]): void {
    for (const message of messages) this.socket.write(lineOf(message));
  }
}

const run = (argv: readonly string[]) => ({
  type: "run",
  argv,
  stdout: { isTerminal: false },
  stderr: { isTerminal: false },
  asks: false,
  environment: {},
  user: "ann",
});

const echo = async (argv: readonly string[], { stdout }: Seat) => {
  stdout.write(argv.join(" "));
  return 7;
};

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("the greeting tells version, process and configuration, and a new nonce each time", async () => {
  await open(echo);
  const [one, two] = [new Client(), new Client()];
  const hello = await one.next("hello");
  expect(hello).toMatchObject({ protocol: 1, version: "1.2.3", pid: process.pid });
  expect(hello).toHaveProperty("config", [join(folder, "rollcall.yaml")]);
  expect(JSON.stringify(await two.next("hello"))).not.toBe(JSON.stringify(hello));
});

test.each([
  ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00, 0x0a])],
  ["text that is no JSON", "hello\n"],
  ["JSON that is no message", "[1]\n"],
  ["a message of another kind", '{"type":"exit","code":0}\n'],
  ["a request with something more", `${JSON.stringify({ ...run([]), cwd: "/" })}\n`],
  [
    "a path as a proof",
    `${JSON.stringify({ ...run([]), proof: "../../../../etc/passwd-00000000000000" })}\n`,
  ],
  ["a name that closes its bracket", `${JSON.stringify({ ...run([]), user: "ann)" })}\n`],
  ["a name with a line end", `${JSON.stringify({ ...run([]), user: "ann\nroot" })}\n`],
  ["a variable that does not travel", `${JSON.stringify({ ...run([]), environment: { PATH: "/" } })}\n`],
  ["a line without end", "x".repeat(longestLine + 2)],
])("%s is refused, and runs nothing", async (_, bytes) => {
  let ran = 0;
  await open(async () => ++ran);
  const client = new Client();
  client.socket.write(bytes);
  expect(await client.next("refused")).toMatchObject({
    message: "this is not what a rollcall command says to the daemon",
  });
  await client.closed;
  expect(ran).toBe(0);
  await until(() => control.sessions === 0);
});

test("a second command on one line ends the first", async () => {
  let lost: AbortSignal | undefined;
  await open(async (_, { guest }) => {
    lost = guest.lost;
    await new Promise<void>((resolve) => guest.lost.addEventListener("abort", () => resolve()));
    return 0;
  });
  const client = new Client();
  client.send(run(["one"]), run(["two"]));
  await client.closed;
  expect(lost?.aborted).toBe(true);
});

test("whoever says nothing is let go", async () => {
  await open(echo, { greetingMs: 50 });
  const client = new Client();
  await client.closed;
  expect(client.heard.map(({ type }) => type)).toEqual(["hello"]);
  await until(() => control.sessions === 0);
});

test("whoever says half of it and hangs up leaves nothing behind", async () => {
  await open(echo);
  const client = new Client();
  client.socket.end('{"type":"run","argv":[');
  await client.closed;
  await until(() => control.sessions === 0);
});

test("a command goes with the answers: text of every kind, in pieces that fit", async () => {
  const text = `${"😀".repeat(150_000)}\u0000\u001b[31m\u2028"\\`;
  await open(async (_, { stdout, stderr }) => {
    stdout.write(text);
    stderr.write("done");
    return 3;
  });
  const client = new Client();
  client.send(run([]));
  expect(await client.next("exit")).toEqual({ type: "exit", code: 3 });
  const out = client.heard.flatMap((each) => (each.type === "out" ? [each.text] : []));
  expect(out.length).toBeGreaterThan(1);
  expect(out.join("") === text).toBe(true);
  expect(out.every((piece) => piece.isWellFormed())).toBe(true);
  await client.closed;
});

test("a hundred clients at once each get their own answer", async () => {
  await open(echo);
  const clients = Array.from({ length: 100 }, () => new Client());
  for (const [at, client] of clients.entries()) client.send(run([`number ${at}`]));
  const answers = await Promise.all(clients.map((client) => client.next("exit").then(() => client.heard)));
  expect(answers.map((heard) => heard.find(({ type }) => type === "out"))).toEqual(
    clients.map((_, at) => ({ type: "out", text: `number ${at}` })),
  );
});

test("more than the daemon serves are told to try again", async () => {
  await open(echo);
  const clients = Array.from({ length: 257 }, () => new Client());
  const last = await Promise.race(clients.map((client) => client.next("refused")));
  expect(last).toMatchObject({ message: "the daemon serves 256 commands already" });
  expect(control.sessions).toBe(256);
});

test("whoever does not read is let go before the memory is full, and their command hears of it", async () => {
  let lost: AbortSignal | undefined;
  await open(async (_, { stdout, guest }) => {
    lost = guest.lost;
    for (let at = 0; at < 1_000; at++) stdout.write("x".repeat(100_000));
    await until(() => guest.lost.aborted);
    return 0;
  });
  const client = new Client();
  await client.next("hello");
  client.socket.pause();
  client.send(run([]));
  await until(() => lost?.aborted === true);
  client.socket.resume();
  await client.closed;
  const got = client.heard.reduce((sum, each) => sum + ("text" in each ? each.text.length : 0), 0);
  expect(got).toBeLessThan(40_000_000);
});

test("a long list goes no faster than it is read", async () => {
  await open(async (_, { stdout }) => {
    for (let at = 0; at < 800; at++) {
      stdout.write("x".repeat(100_000));
      await stdout.drained();
    }
    return 0;
  });
  const client = new Client();
  client.send(run([]));
  await client.next("exit");
  const got = client.heard.reduce((sum, each) => sum + ("text" in each ? each.text.length : 0), 0);
  expect(got).toBe(80_000_000);
});

test("a question is not waited for when the daemon ends", async () => {
  let said: unknown;
  await open(async (_, { ask }) => {
    said = await ask?.("why? ").catch((error: Error) => error.name);
    return 1;
  });
  const client = new Client();
  client.send({ ...run([]), asks: true });
  await client.next("ask");
  await control.close(new AbortController().signal);
  expect(said).toBe("AbortError");
  expect(existsSync(control.path)).toBe(false);
});

test("a client that hangs in the middle of a file does not keep the daemon from ending", async () => {
  let said: unknown;
  await open(
    async (_, { guest }) => {
      said = await guest.files.exists("/a").catch((error: Error) => error.name);
      return 1;
    },
    { patienceMs: 50 },
  );
  const client = new Client();
  client.send(run([]));
  await client.next("file");
  await control.close(new AbortController().signal);
  expect(said).toBe("AbortError");
});

test("ten thousand clients leave no handle and no timer behind", { timeout: 60_000 }, async () => {
  await open(echo);
  const handles = () => readdirSync("/proc/self/fd").length;
  const resources = () => process.getActiveResourcesInfo().length;
  const visit = async (count: number) => {
    for (let done = 0; done < count; done += 50) {
      const clients = Array.from({ length: 50 }, () => new Client());
      for (const [at, client] of clients.entries()) {
        if (at % 5 === 0) client.send(run([]));
        else if (at % 5 === 1) client.socket.write("garbage\n");
        else if (at % 5 === 2) client.socket.end();
        else client.socket.destroy();
      }
      await Promise.all(clients.map(({ closed }) => closed));
      sockets.length = 0;
    }
    await until(() => control.sessions === 0);
  };
  await visit(500);
  const before = { handles: handles(), resources: resources() };
  await visit(10_000);
  expect({ handles: handles(), resources: resources() }).toEqual(before);
});

import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Io } from "../../src/commands/invocation.ts";
import { run } from "../../src/commands/run.ts";
import { Desk } from "../commands/desk.ts";
import { realClock } from "../targets/open-scim.ts";

const desks: Desk[] = [];
const servers: Server[] = [];
const running: { readonly stop: AbortController; readonly ended: Promise<number> }[] = [];
afterEach(async () => {
  for (const { stop, ended } of running.splice(0)) {
    stop.abort();
    await ended;
  }
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});

/** A receiver of webhooks. */
async function receiver() {
  const heard: Readonly<Record<string, unknown>>[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString("utf8");
    });
    request.on("end", () => {
      heard.push(JSON.parse(body) as Readonly<Record<string, unknown>>);
      response.writeHead(204).end();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { heard, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

/** The daemon in this process, with the clock on the wall. */
function startDaemon(desk: Desk) {
  const stop = new AbortController();
  let out = "";
  const io: Io = {
    stdout: {
      isTerminal: false,
      columns: undefined,
      write: (text) => {
        out += text;
      },
    },
    stderr: { isTerminal: false, columns: undefined, write: () => {} },
    environment: {},
    clock: realClock,
    signal: stop.signal,
    abort: new AbortController().signal,
    ask: undefined,
  };
  const ended = run(["daemon", "--sync-now", "--config", desk.file], io);
  running.push({ stop, ended });
  return { out: () => out, stop, ended };
}

/** Waits for what is about to happen; fails after 20 s. */
async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("it did not happen");
}

function desk(rest: string): Desk {
  const one = new Desk();
  desks.push(one);
  const key = join(one.folder, "hook-key");
  writeFileSync(key, "0123456789abcdef0123456789abcdef", { mode: 0o600 });
  one.configure(`
metrics: { listen: 127.0.0.1:0 }
connections:
  staff: { source: people }
${rest}`);
  return one;
}

const portOf = (out: string) => /"port":(\d+),"msg":"metrics and health are served"/.exec(out)?.[1];

test("the daemon shows what it did, how it is and when it is due, and nobody's name", async () => {
  const one = desk("");
  one.directory.person("ann").person("bob").group("team", ["ann"]);
  const daemon = startDaemon(one);
  const port = await until(() => portOf(daemon.out()));
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  const { text } = await until(async () => {
    const page = await get("/metrics");
    return page.text.includes('outcome="done"') ? page : undefined;
  });
  expect(text).toContain('rollcall_cycles_total{connection="staff",outcome="done"} 1');
  expect(text).toContain('rollcall_objects_total{connection="staff",action="create",result="accepted"}');
  expect(text).toContain('rollcall_snapshot_objects{connection="staff",kind="user",state="active"} 2');
  expect(text).toMatch(/rollcall_last_success_timestamp_seconds\{connection="staff"\} 1\d{9}/);
  expect(text).toMatch(/rollcall_cycle_due_timestamp_seconds\{connection="staff"\} 1\d{9}/);
  expect(text).toContain('rollcall_pending{connection="staff",kind="user"} 0');
  expect(text).toContain('rollcall_quarantined{connection="staff"} 0');
  expect(await get("/livez")).toEqual({ status: 200, text: "ok\n" });
  expect(await get("/readyz")).toEqual({ status: 200, text: "ok\n" });
  const status = await get("/status.json");
  expect(JSON.parse(status.text)).toMatchObject({
    version: 1,
    ready: true,
    connections: [{ connection: "staff", state: "ok", quarantine: null }],
  });
  expect(`${text}${status.text}`).not.toMatch(/\b(ann|bob|team)\b/);

  daemon.stop.abort();
  expect(await daemon.ended).toBe(0);
  await expect(fetch(`http://127.0.0.1:${port}/livez`)).rejects.toThrow();
});

test("who is to be told hears of a first run that waits, once, also across a restart", async () => {
  const { url, heard } = await receiver();
  const one = desk(`
notify:
  on-call: { type: webhook, url: "${url}", secret: { file: hook-key } }
`);
  one.directory.person("ann");
  const target = await one.target();
  await target.users.create({ userName: "ann@example.com", active: true, schemas: [] } as never, {
    signal: new AbortController().signal,
  });
  await target.close();
  const first = startDaemon(one);
  const notice = await until(() => heard[0]);
  expect(notice).toMatchObject({
    version: 1,
    event: "held",
    connection: "staff",
    title: "staff: 1 change waits for your word",
    next: "rollcall held list staff",
  });
  expect(JSON.stringify(notice)).not.toContain("ann");
  first.stop.abort();
  expect(await first.ended).toBe(0);

  const second = startDaemon(one);
  const port = await until(() => portOf(second.out()));
  await until(async () => {
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return page.includes("rollcall_cycles_total{") ? page : undefined;
  });
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(page).toContain('rollcall_notifications_waiting{channel="on-call"} 0');
  expect(page).toContain('rollcall_held{connection="staff",class="adoptions"} 1');
  expect(heard).toHaveLength(1);
});

test("an outbox that cannot be opened is no reason not to start: metrics show it, and everything else", async () => {
  const { url } = await receiver();
  const one = desk(`notify:
  on-call: { type: webhook, url: "${url}", secret: { file: hook-key } }
`);
  mkdirSync(join(one.folder, "state", "notices", "outbox.db"), { recursive: true });
  const { out, stop, ended } = startDaemon(one);
  const port = await until(() => portOf(out()));
  const metrics = await until(async () => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return text.includes('rollcall_notification_failing{channel="on-call"} 1') ? text : undefined;
  });
  expect(metrics).toContain("rollcall_config_reload_ok 1");
  await until(() => (out().includes("notifications cannot be looked after now") ? true : undefined));
  stop.abort();
  expect(await ended).toBe(0);
});

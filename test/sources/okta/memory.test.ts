import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { ScriptedServer } from "./scripted-server.ts";
import { sourceOn } from "./source-on.ts";

/** As many as one has patience for; what is kept must not depend on it. */
const PEOPLE = Number(process.env["ROLLCALL_PEOPLE"] ?? 200_000);
const PAGE = 200;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heapMb(): number {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

test("reading 200,000 people keeps no more than a page", async () => {
  const server = await ScriptedServer.start();
  const source = sourceOn(server);
  const page = (from: number) =>
    Array.from({ length: Math.min(PAGE, PEOPLE - from) }, (_, index) => person(from + index));
  server.script(({ path, query }) => {
    server.asked.length = 0;
    if (path.startsWith("/.well-known")) return { body: { id: "00o1" } };
    if (path !== "/api/v1/users" || query.has("filter")) return { body: [] };
    const from = Number(query.get("after") ?? 0);
    const next = `<${server.origin}/api/v1/users?limit=200&after=${from + PAGE}>; rel="next"`;
    return { body: page(from), headers: from + PAGE < PEOPLE ? { link: next } : {} };
  });
  try {
    let seen = 0;
    let highest = 0;
    let before: number | undefined;
    const began = Date.now();
    for await (const { changes } of source.poll(undefined, AbortSignal.timeout(600_000))) {
      seen += changes.length;
      if (seen % 20_000 !== 0 && seen !== PEOPLE) continue;
      before ??= heapMb();
      highest = Math.max(highest, heapMb());
    }
    expect(seen).toBe(PEOPLE);
    expect(highest - (before ?? 0)).toBeLessThan(8);
    if (process.env["ROLLCALL_PEOPLE"] !== undefined) {
      const rss = Math.round(process.memoryUsage().rss / 2 ** 20);
      console.log(
        `${seen} people, ${Date.now() - began} ms, heap ${before} to ${highest} MiB, rss ${rss} MiB`,
      );
    }
  } finally {
    await source.close();
    await server.stop();
  }
}, 600_000);

function person(number: number): unknown {
  const login = `person${number}@example.com`;
  return {
    id: `00u${String(number).padStart(17, "0")}`,
    status: "ACTIVE",
    created: "2020-01-01T00:00:00.000Z",
    lastUpdated: "2020-01-01T00:00:00.000Z",
    type: { id: "oty1" },
    profile: { login, email: login, firstName: "Person", lastName: String(number), department: "Sales" },
    _links: { self: { href: `https://example.okta.com/api/v1/users/${number}` } },
  };
}

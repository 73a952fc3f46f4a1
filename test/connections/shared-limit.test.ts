import { afterEach, expect, test } from "vitest";
import { ThreeDirectories } from "./three-directories.ts";

const opened: ThreeDirectories[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each[Symbol.asyncDispose]();
});

test("two processes share a service's limit: it has nothing to refuse, and both get their turn", async () => {
  const w = await ThreeDirectories.start("scim");
  opened.push(w);
  for (let n = 0; n < 80; n++) w.inOkta(`o${n}`);
  for (let n = 0; n < 40; n++) w.inAd(`a${n}`);
  // Each alone would come to ten in a second, both without an agreement to twenty: 90 in those five seconds in which there are two. What a busy
  // machine holds up for two seconds and sends at once is still within 75.
  w.configure({ target: ", quirks: { rate: { userWrites: { perMinute: 600 } } }" });
  Object.assign(w.service?.switches ?? {}, { limit: { writes: 75, windowMs: 5_000 } });
  const log = w.service?.log ?? [];
  const first = w.runApart("sync partners");
  await w.service?.busy();
  const second = w.runApart("sync staff");
  expect([(await first).code, (await second).code]).toEqual([0, 0]);
  expect(log.filter(({ status }) => status === 429)).toEqual([]);
  const creations = log.filter(({ method, path }) => method === "POST" && path.startsWith("/Users"));
  expect(creations).toHaveLength(120);
  // They did work at the same time.
  const whose = creations.map(({ body }) => (body.includes('"userName":"a') ? "staff" : "partners"));
  expect(whose.lastIndexOf("partners")).toBeGreaterThan(whose.indexOf("staff") + 25);
}, 120_000);

test("what the service asks one process to wait, the other waits as well", async () => {
  const w = await ThreeDirectories.start("scim");
  opened.push(w);
  w.inOkta("joe");
  w.inAd("dan");
  w.service?.switches.faults.push({
    method: "POST",
    path: "^/Users",
    times: 1,
    how: "answer",
    status: 429,
    headers: { "retry-after": "6" },
  });
  const seen = { refusedAt: 0, nextAt: 0 };
  const watch = setInterval(() => {
    const [first, next] = w.service?.log.filter(({ method }) => method === "POST") ?? [];
    if (first?.status === 429 && seen.refusedAt === 0) seen.refusedAt = Date.now();
    if (next !== undefined && seen.nextAt === 0) seen.nextAt = Date.now();
  }, 20);
  const first = w.runApart("sync partners");
  while (seen.refusedAt === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const second = w.runApart("sync staff");
  expect([(await first).code, (await second).code]).toEqual([0, 0]);
  clearInterval(watch);
  expect(seen.nextAt - seen.refusedAt).toBeGreaterThanOrEqual(5_500);
  expect(w.service?.log.filter(({ status }) => status === 429)).toHaveLength(1);
  expect((await w.accounts()).size).toBe(2);
}, 120_000);

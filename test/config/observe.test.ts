import { afterEach, beforeEach, expect, test } from "vitest";
import { Desk } from "../commands/desk.ts";

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk[Symbol.dispose]());

async function problems(rest: string): Promise<readonly string[]> {
  desk.configure(`${rest}\nconnections:\n  staff: { source: people }\n`);
  const { code, err, out } = await desk.run("validate");
  expect(code).toBe(2);
  return [...`${out}${err}`.matchAll(/rollcall\.yaml:\d+:\d+: (.*)$/gm)].map(([, text = ""]) => text);
}

test("everything that is wrong with metrics and notifications is said at once", async () => {
  const found = await problems(`metrics: { listen: 0.0.0.0, hosts: ["a b"] }
notify:
  x: { type: webhok, url: "https://h" }
  y: { type: webhook, url: "http://other.example/x", secret: { env: K } }
  z: { type: mail, server: m.example, tls: none, from: a@b.example, to: [c@d.example], user: u }
  w: { type: mail, server: m.example, from: "a@b.example\\nBcc: x@y.example", to: [] }`);
  expect(found).toEqual([
    'metrics.listen: expected an address and port such as 127.0.0.1:9464 or [::]:9464, got "0.0.0.0"',
    'metrics.hosts.0: expected a host name without port, such as rollcall.corp.example, got "a b"',
    'notify.x.type: expected webhook or mail, got "webhok"',
    'notify.y.url: expected an https URL such as https://hooks.example.com/rollcall; http is for addresses of this machine (localhost, 127.0.0.1, ::1), got "http://other.example/x"',
    "notify.z.password: expected user and password together, got nothing",
    'notify.z.tls: expected starttls or implicit: none is for a mail server on this machine, got "none"',
    expect.stringContaining("notify.w.from: expected an e-mail address, got"),
    "notify.w.to: expected at least 1 entry, got an empty list",
  ]);
});

test("paths in notifications are beside the configuration, and an empty metrics section listens on this machine alone", async () => {
  const { loadConfig } = await import("../../src/config/load.ts");
  const { checkMapping } = await import("../../src/mapping/compile.ts");
  desk.configure(`metrics: {}
notify:
  hook: { type: webhook, url: "https://h.example", secret: [{ file: new }, { file: old, expires: 2027-01-31 }] }
connections:
  staff: { source: people }
`);
  const { metrics, notify } = await loadConfig(desk.file, checkMapping);
  expect(metrics).toEqual({ host: "127.0.0.1", port: 9464, hosts: [] });
  expect(notify).toMatchObject([
    {
      name: "hook",
      secret: [{ file: `${desk.folder}/new` }, { file: `${desk.folder}/old`, expires: "2027-01-31" }],
    },
  ]);
});

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Agent, fetch } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer, stopServer } from "../lab/children.ts";

const program = fileURLToPath(new URL("./okta/run.ts", import.meta.url));

let folder: string;
let child: ReturnType<typeof startServer> | undefined;

interface Printed {
  readonly url: string;
  readonly token: string;
  readonly ca: string;
  readonly control: string;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollcall-okta-process-"));
});
afterAll(async () => {
  if (child !== undefined) await stopServer(child);
  await rm(folder, { recursive: true, force: true });
});

test("the organisation runs as a process of its own, which is told what an administrator does", async () => {
  const log = join(folder, "out.log");
  child = startServer(process.execPath, [program, "--people", "12", "--groups", "2", "--folder", folder], {
    log,
  });
  const printed = await expect
    .poll(() => readFile(log, "utf8"), { timeout: 15_000 })
    .toMatch(/\}\n$/)
    .then(async () => JSON.parse(await readFile(log, "utf8")) as Printed);
  const dispatcher = new Agent({ connect: { ca: await readFile(printed.ca, "utf8") } });
  const read = async (path: string) => {
    const headers = { authorization: `SSWS ${printed.token}` };
    const answer = await fetch(`${printed.url}${path}`, { headers, dispatcher });
    return (await answer.json()) as { id: string; status: string }[];
  };
  const tell = async (wish: object) => {
    const answer = await fetch(printed.control, { method: "POST", body: JSON.stringify(wish) });
    return [answer.status, await answer.json()];
  };
  try {
    const [person] = await read("/api/v1/users?limit=1");
    expect(await tell({ do: "users.deactivate", with: [person?.id] })).toEqual([200, { result: null }]);
    expect((await read("/api/v1/users")).map(({ id }) => id)).not.toContain(person?.id);
    expect((await tell({ do: "users.create", with: [{ login: "new@example.com" }] }))[0]).toBe(200);
    expect((await tell({ do: "users.constructor" }))[0]).toBe(400);
    const people = (await (await fetch(`${printed.control}people`)).json()) as unknown[];
    expect(people).toHaveLength(13);
    const requests = (await (await fetch(`${printed.control}requests`)).json()) as unknown[];
    expect(requests).toHaveLength(2);
  } finally {
    await dispatcher.close();
  }
});

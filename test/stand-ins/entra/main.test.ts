import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Agent, request } from "undici";
import { afterEach, expect, test } from "vitest";

const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

interface Started {
  readonly loginUrl: string;
  readonly graphUrl: string;
  readonly caFile: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly people: number;
}

test("as a process of its own it is told what to do, and ends when it is told so", async () => {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, "--people", "30", "--groups", "3"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(child);
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const tenant = JSON.parse(line) as Started;
  expect(tenant.people).toBe(30);
  const agent = new Agent({ connect: { ca: readFileSync(tenant.caFile, "utf8") } });
  const send = async (url: string, body?: string, headers: Record<string, string> = {}): Promise<never> => {
    const method = body === undefined ? "GET" : "POST";
    const answer = await request(url, {
      dispatcher: agent,
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    return (await answer.body.json()) as never;
  };
  const control = (
    call: string,
    ...given: readonly unknown[]
  ): Promise<{ result?: unknown; error?: string }> =>
    send(`${tenant.loginUrl}/_control`, JSON.stringify({ call, with: given }));
  try {
    const { result: id } = await control("createUser", { displayName: "Ann" });
    expect(await control("rename", id, "Ann Lee")).toEqual({ result: null });
    expect(await control("rename", "nobody", "X")).toEqual({ error: "there is no live object nobody" });
    expect(await control("stop")).toEqual({ error: "there is no call stop" });
    const { access_token } = (await send(
      `${tenant.loginUrl}/${tenant.tenantId}/oauth2/v2.0/token`,
      new URLSearchParams({
        grant_type: "client_credentials",
        client_id: tenant.clientId,
        client_secret: tenant.clientSecret,
        scope: `${tenant.graphUrl}/.default`,
      }).toString(),
      { "content-type": "application/x-www-form-urlencoded" },
    )) as { access_token: string };
    const get = (path: string): Promise<{ displayName?: string; error?: { code: string } }> =>
      send(`${tenant.graphUrl}/v1.0${path}`, undefined, { authorization: `Bearer ${access_token}` });
    expect((await get(`/users/${String(id)}`)).displayName).toBe("Ann Lee");
    await control("fault", { path: "^/users", how: { type: "throttle" } });
    expect((await get("/users/delta")).error?.code).toBe("TooManyRequests");
    expect((await control("counts")).result).toEqual({ "/users/{id}": 1, "/users/delta": 1 });
  } finally {
    await agent.close();
  }
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
});

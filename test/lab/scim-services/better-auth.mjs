// The SCIM service of better-auth over node:sqlite (in memory unless SCIM_DATABASE names a file).
// Prints {"baseUrl","token","pid"} and serves until killed. `GET /_log` counts requests by method.
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { scim } from "@better-auth/scim";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";

const token = process.env.SCIM_TOKEN ?? "better-auth-token-of-at-least-32-characters";
const counts = {};
let handler;
const server = createServer((request, response) => {
  if (request.url === "/_log") {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(counts));
    return;
  }
  counts[request.method] = (counts[request.method] ?? 0) + 1;
  handler(request, response);
});
server.listen(Number(process.env.SCIM_PORT ?? 0), "127.0.0.1", async () => {
  const origin = `http://127.0.0.1:${server.address().port}`;
  const auth = betterAuth({
    baseURL: origin,
    secret: "a-secret-for-tests-only-with-more-than-32-characters",
    database: new DatabaseSync(process.env.SCIM_DATABASE ?? ":memory:"),
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    plugins: [
      scim({ connections: [{ id: "rollcall", credentials: [{ type: "bearer", id: "first", token }] }] }),
    ],
  });
  const { runMigrations } = await getMigrations(auth.options);
  await runMigrations();
  handler = toNodeHandler(auth);
  console.log(JSON.stringify({ baseUrl: `${origin}/api/auth/scim/v2`, token, pid: process.pid }));
});

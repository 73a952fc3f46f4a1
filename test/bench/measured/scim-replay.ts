/** The floor of a first sync over HTTP: `node scim-replay.ts BASE_URL FILE CONCURRENCY` sends the requests of a file again, and drops the answers. */
import { readFileSync } from "node:fs";
import { Pool } from "undici";
import { type Logged, token } from "../scim/server.ts";

const [baseUrl = "", file = "", atOnce = "8"] = process.argv.slice(2);
const requests = readFileSync(file, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Logged);
const connections = Number(atOnce);
const pool = new Pool(new URL(baseUrl).origin, { connections });
const headers = {
  accept: "application/scim+json, application/json",
  "accept-encoding": "identity",
  "user-agent": "rollcall",
  authorization: `Bearer ${token}`,
};
const withBody = { ...headers, "content-type": "application/scim+json; charset=utf-8" };
let next = 0;
let refused = 0;

async function send(): Promise<void> {
  for (let at = next++; at < requests.length; at = next++) {
    const { method, path, body } = requests[at] ?? { method: "GET", path: "/", body: "" };
    const answer = await pool.request({
      method: method as "GET",
      path,
      headers: body === "" ? headers : withBody,
      body: body === "" ? null : body,
    });
    await answer.body.text();
    if (answer.statusCode > 299) refused++;
  }
}

const began = performance.now();
const before = process.cpuUsage();
await Promise.all(Array.from({ length: connections }, send));
const { user, system } = process.cpuUsage(before);
const wall = (performance.now() - began) / 1000;
await pool.close();
process.stdout.write(
  `${JSON.stringify({ wall, cpu: (user + system) / 1e6, requests: requests.length, refused })}\n`,
);

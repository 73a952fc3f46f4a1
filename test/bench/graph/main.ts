/**
 * Microsoft Graph for a tenant of computed people, as a process of its own: `node test/bench/graph/main.ts SHAPE SIZES`, both as JSON (Shape,
 * PageSizes). Tells its addresses by a message to the process that forked it, and answers its questions (`Asked`). Logins, tokens, TLS and what
 * is not about people and groups are those of the strict stand-in.
 */
import { type Answer, type GraphRequest, Refusal } from "../../stand-ins/entra/answer.ts";
import { sharedTls } from "../../stand-ins/entra/authority.ts";
import { answerBatch } from "../../stand-ins/entra/batch.ts";
import { Bearers } from "../../stand-ins/entra/bearer.ts";
import { GraphService } from "../../stand-ins/entra/graph-service.ts";
import { HttpsServer, type Incoming } from "../../stand-ins/entra/https-server.ts";
import { LoginService } from "../../stand-ins/entra/login-service.ts";
import { RequestLog } from "../../stand-ins/entra/request-log.ts";
import { TenantState } from "../../stand-ins/entra/tenant-state.ts";
import { Crowd, type Shape } from "./crowd.ts";
import { oneObject } from "./objects.ts";
import { type PageSizes, Rounds } from "./rounds.ts";
import type { Asked, Told } from "./server.ts";

const [shape = "", sizes = ""] = process.argv.slice(2);
const tenantId = "8a7d2f10-5c3e-4b7a-9f21-6d0e4c1b2a33";
const clientId = "25dcffff-959e-4ece-9973-e5d9b800e8cc";
const state = new TenantState({ tenantId, clientId });
const bearers = new Bearers();
const login = new LoginService(state, bearers, Date.now);
const others = new GraphService(state, bearers, Date.now);
let crowd: Crowd;
let rounds: Rounds;
reset();

const tls = await sharedTls();
const log = new RequestLog();
let bytes = 0;
const common = { tls, log, latencyMs: () => 0, port: 0 };
const loginServer = await HttpsServer.start({ name: "login", prefix: "", answer: atLogin }, common);
const graphServer = await HttpsServer.start({ name: "graph", prefix: "/v1.0", answer: atGraph }, common);

process.on("message", ({ call, options }: Asked) => tell(answerTo(call, options)));
process.once("disconnect", () => process.exit());
tell({
  loginUrl: loginServer.url,
  graphUrl: graphServer.url,
  caFile: tls.caFile,
  clientSecret: state.clientSecret,
  tenantId,
  clientId,
});

function tell(told: Told): void {
  process.send?.(told);
}

function reset(): void {
  crowd = new Crowd(JSON.parse(shape) as Shape);
  rounds = new Rounds(crowd, JSON.parse(sizes) as PageSizes);
}

function answerTo(call: Asked["call"], options: Asked["options"]): Told {
  if (call === "reset") reset();
  else if (call === "changePeople") crowd.changePeople(options);
  else if (call === "changeMembers") crowd.changeMembers(options);
  const told = { requests: log.count(), logins: log.logins(), bytes };
  if (call === "asked") {
    log.clear();
    bytes = 0;
  }
  return told;
}

function atLogin(incoming: Incoming) {
  const [path = "/"] = incoming.target.split("?");
  const contentType = incoming.headers["content-type"] ?? "";
  const request = { method: incoming.method, path, contentType, body: incoming.body };
  return { answer: login.answer(request, loginServer.url, graphServer.url), troubles: [] };
}

function atGraph({ method, target, headers, body }: Incoming) {
  const [path = "", query = ""] = target.slice("/v1.0".length).split("?");
  const request = { method, path, query: new URLSearchParams(query), headers, body };
  const root = graphServer.url;
  const answered = () => {
    const [, kind] = /^\/(user|group)s\/delta$/.exec(path) ?? [];
    const isBatch = path === "/$batch";
    if (kind !== undefined || isBatch) bearers.check(headers["authorization"], root, Date.now());
    const answer =
      kind === "user" || kind === "group"
        ? rounds.answer(kind, request, root)
        : isBatch
          ? answerBatch(request, (inner) => refusedOr(inner, () => one(inner, root)))
          : one(request, root);
    bytes += answer.body.length;
    return answer;
  };
  return { answer: refusedOr(request, answered), troubles: [] };
}

function one(request: GraphRequest, root: string): Answer {
  return oneObject(crowd, request, root) ?? others.answer(request, root, () => undefined);
}

function refusedOr(request: GraphRequest, answered: () => Answer): Answer {
  try {
    return answered();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return others.refuse(error, request);
  }
}

import type { Trouble } from "../../stand-ins/entra/faults.ts";
import type { Switches } from "../../stand-ins/entra/switches.ts";
import type { EntraTenant } from "../../stand-ins/entra/tenant.ts";
import type { Chance } from "./chance.ts";
import type { VirtualClock } from "./virtual-clock.ts";

const DAY_MS = 86_400_000;

type Act = (tenant: EntraTenant, chance: Chance, clock: VirtualClock) => string;

/** Requests that come one after the other, so that a seed always means the same of them. */
const streams = [
  [/^\/users\/delta/, "people's changes"],
  [/^\/groups\/delta/, "groups' changes"],
  [/^\/(users|groups)\/[0-9a-f]{8}-/, "single reads"],
] as const;

/** What Graph answers instead, or does to the connection. */
const failures: readonly ((chance: Chance) => Trouble)[] = [
  (chance) => ({ type: "throttle", retryAfter: chance.pick([0.128, 2.5, 30, "none", "none", 3600]) }),
  (chance) => ({ type: "status", status: chance.pick([500, 502, 503, 504]) }),
  (chance) => ({ type: "status", status: 503, retryAfter: chance.pick([1, 10, 120]) }),
  (chance) => ({ type: "expired", answer: chance.pick(["400 syncStateNotFound", "410 with Location"]) }),
  () => ({ type: "unauthorized" }),
  (chance) => ({ type: "cut", ...(chance.happens(0.3) ? { bytes: 0 } : {}) }),
  () => ({ type: "lose" }),
  () => ({ type: "answer", status: 200, headers: { "Content-Type": "text/html" }, body: "<p>Log in!</p>" }),
  (chance) => ({
    type: "answer",
    status: chance.pick([400, 403, 404, 410]),
    headers: { "Content-Type": chance.pick(["application/json", "text/html"]) },
    body: "{}",
  }),
];

/** What the login authority answers instead. */
const logins: readonly Trouble[] = [
  { type: "status", status: 500 },
  { type: "status", status: 503, retryAfter: 5 },
  { type: "throttle", retryAfter: 3 },
  { type: "throttle", retryAfter: "none" },
  { type: "cut" },
  { type: "lose" },
];

const acts: readonly Act[] = [
  failing,
  failing,
  failing,
  failing,
  function loginFails({ faults }, chance) {
    const how = chance.one(logins) ?? { type: "lose" };
    const times = 1 + chance.below(3);
    faults.push({ how: { type: "unauthorized" } }, { at: "login", path: /token$/, times, how });
    return `the token is refused, and the login fails ${times} times: ${JSON.stringify(how)}`;
  },
  function tokenEnds(tenant) {
    tenant.tokenLifeSeconds = 200;
    tenant.faults.push({ how: { type: "unauthorized" } });
    return "tokens live for minutes only";
  },
  function placesLost(tenant) {
    tenant.loseSyncState();
    return "the service forgets every place";
  },
  function lostHalfWay(tenant, chance) {
    tenant.loseSyncState();
    Object.assign(tenant.switches, pages(chance));
    const [path, name] = chance.happens(0.3) ? streams[0] : streams[1];
    const how: Trouble = {
      type: "expired",
      answer: chance.pick(["400 syncStateNotFound", "410 with Location"]),
    };
    const after = 1 + chance.below(5);
    tenant.faults.push({ path, after, times: 1, how });
    return `the service forgets every place, and in the read of everybody ${name} end after ${after}: ${JSON.stringify(how)}`;
  },
  function weekPasses(_tenant, _chance, clock) {
    clock.pass(7.5 * DAY_MS);
    return "a week passes";
  },
  function shortPages({ switches }, chance) {
    const short = pages(chance);
    Object.assign(switches, short);
    return `pages: ${JSON.stringify(short)}`;
  },
  function replays({ switches }, chance) {
    switches.replay = 1 + chance.below(8);
    return `the last ${switches.replay} changes are told again`;
  },
  function lags({ switches }, chance) {
    switches.deltaLagMs = chance.below(15) * 60_000;
    switches.readLagMs = chance.happens(0.3) ? chance.below(60) * 1000 : 0;
    return `changes are told after ${switches.deltaLagMs} ms, and single reads know of people after ${switches.readLagMs} ms`;
  },
];

/** Pages so short that a few people and groups fill many, empty ones and repeated ones among them. */
export function pages(chance: Chance): Partial<Switches> {
  return {
    deltaPageSize: 1 + chance.below(4),
    memberPageSize: 1 + chance.below(3),
    listPageSize: 1 + chance.below(3),
    emptyPageEvery: chance.below(3),
    emptyLastPage: chance.happens(0.5),
    repeats: chance.happens(0.5),
  };
}

/** One to three things go wrong with the tenant. Says which. */
export function entraTrouble(tenant: EntraTenant, chance: Chance, clock: VirtualClock): readonly string[] {
  return Array.from({ length: 1 + chance.below(3) }, () =>
    (chance.one(acts) ?? failing)(tenant, chance, clock),
  );
}

function failing({ faults }: EntraTenant, chance: Chance): string {
  const [path, name] = chance.one(streams) ?? streams[0];
  const how = (chance.one(failures) ?? failures[0])?.(chance) ?? { type: "lose" };
  const fault = { path, after: chance.below(4), times: chance.pick([1, 1, 2, 3, 8]), how };
  faults.push(fault);
  return `${name} fail ${fault.times} times after ${fault.after}: ${JSON.stringify(how)}`;
}

import type { Fault } from "../../stand-ins/okta/faults.ts";
import type { OktaOrganisation } from "../../stand-ins/okta/okta-organisation.ts";
import type { Chance } from "./chance.ts";

/** Requests that come one after the other, so that a seed always means the same of them. */
const streams = [
  ["^/api/v1/users\\?", "lists of people"],
  ["^/api/v1/groups\\?", "lists of groups"],
  ["^/api/v1/logs", "the log"],
  ["^/api/v1/(users/|groups/[^/]+$)", "single reads"],
  ["^/api/v1/groups/[^/]+/users", "lists of members"],
  ["^/.well-known", "the organisation"],
] as const;

type Failure = Omit<Fault, "path" | "times" | "after">;

/** What the service answers instead, or does to the connection. */
const failures: readonly ((chance: Chance) => Failure)[] = [
  (chance) => ({ how: "rate limit", ms: chance.pick([500, 2_000, 40_000, 600_000]) }),
  () => ({ how: "empty page" }),
  () => ({ how: "empty page" }),
  () => ({ how: "repeat" }),
  () => ({ how: "repeat" }),
  () => ({ how: "cut" }),
  () => ({ how: "lose" }),
  (chance) => ({
    how: "answer",
    status: chance.pick([500, 502, 503, 504]),
    body: '{"errorCode":"E0000009","errorSummary":"Internal Server Error"}',
  }),
  () => ({ how: "answer", status: 429, headers: { "retry-after": "1.5" }, body: "{}" }),
  () => ({
    how: "answer",
    status: 401,
    body: '{"errorCode":"E0000011","errorSummary":"Invalid token provided"}',
  }),
  (chance) => ({ how: "answer", status: chance.pick([400, 403, 404]), body: "<p>Log in!</p>" }),
  () => ({ how: "answer", status: 200, headers: { "content-type": "text/html" }, body: "<p>Log in!</p>" }),
];

/** What the service answers to who asks for a token, or does to the connection. */
const logins: readonly Failure[] = [
  { how: "rate limit", ms: 3_000 },
  { how: "cut" },
  { how: "lose" },
  { how: "answer", status: 500, body: '{"errorCode":"E0000009","errorSummary":"Internal Server Error"}' },
  { how: "answer", status: 503, headers: { "content-type": "text/html" }, body: "<p>Come back later</p>" },
  { how: "answer", status: 401, body: '{"error":"invalid_client","error_description":"Not now."}' },
  { how: "answer", status: 200, headers: { "content-type": "text/html" }, body: "<p>Log in!</p>" },
  { how: "answer", status: 200, body: '{"token_type":"Bearer","expires_in":0,"access_token":""}' },
];

type Act = (okta: OktaOrganisation, chance: Chance) => string;

const acts: readonly Act[] = [
  failing,
  failing,
  failing,
  function pages({ circumstances }, chance) {
    circumstances.mostOnPage = 1 + chance.below(4);
    return `pages of ${circumstances.mostOnPage}`;
  },
  function placesLost({ cursors }) {
    cursors.forget();
    return "the service forgets every place";
  },
];

const tokenActs: readonly Act[] = [
  ...acts,
  function loginFails({ access, faults }, chance) {
    access.revokeAccessTokens();
    const failure = chance.one(logins) ?? { how: "lose" };
    const times = 1 + chance.below(4);
    faults.push({ path: "^/oauth2/v1/token$", after: chance.below(2), times, ...failure });
    return `tokens are refused, and asking for one fails ${times} times: ${JSON.stringify(failure)}`;
  },
  function tokensEnd({ access }) {
    access.revokeAccessTokens();
    return "tokens are refused";
  },
];

/** One to three things go wrong with the organisation. Says which. */
export function oktaTrouble(
  okta: OktaOrganisation,
  chance: Chance,
  { asksForTokens }: { readonly asksForTokens: boolean },
): readonly string[] {
  const possible = asksForTokens ? tokenActs : acts;
  return Array.from({ length: 1 + chance.below(3) }, () => (chance.one(possible) ?? failing)(okta, chance));
}

function failing({ faults }: OktaOrganisation, chance: Chance): string {
  const [path, name] = chance.one(streams) ?? streams[0];
  const failure = (chance.one(failures) ?? failures[0])?.(chance) ?? { how: "lose" };
  const fault: Fault = { path, after: chance.below(3), times: chance.pick([1, 1, 2, 3, 6]), ...failure };
  const said = `${name} fail ${fault.times} times after ${fault.after}: ${JSON.stringify(failure)}`;
  faults.push(fault);
  return said;
}

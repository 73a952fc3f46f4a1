import { type Answer, json } from "./answer.ts";
import { type Round, type Tracked, understand } from "./delta-call.ts";
import { deltaPage } from "./delta-page.ts";
import type { Call, Route } from "./graph-call.ts";
import { holdsOne, READ_GROUPS, READ_HIDDEN_MEMBERS, READ_USERS } from "./permissions.ts";
import { RELATIONSHIPS } from "./schema.ts";

export const DELTA_ROUTES: readonly Route[] = [
  {
    pattern: /^\/users\/(?:microsoft\.graph\.)?delta(?:\(\))?$/,
    anyOf: READ_USERS,
    units: 1,
    answer: delta("user"),
  },
  {
    pattern: /^\/groups\/(?:microsoft\.graph\.)?delta(?:\(\))?$/,
    anyOf: READ_GROUPS,
    units: 1,
    answer: delta("group"),
  },
];

function delta(kind: Tracked): (call: Call) => Answer {
  return (call) => {
    const { state, root, request } = call;
    const context = { directory: state, seal: state.seal, generation: state.generation };
    const { round, latest } = understand(request, kind, context);
    const page = latest
      ? { items: [] }
      : deltaPage(
          state,
          round,
          (group) =>
            group.properties["visibility"] !== "HiddenMembership" ||
            holdsOne(call.roles, READ_HIDDEN_MEMBERS),
        );
    const link = (name: "$skiptoken" | "$deltatoken", token: Round): string =>
      `${root}/v1.0/${kind}s/delta?${name}=${state.seal.close(token)}`;
    const applied = round.minimal ? { "Preference-Applied": "return=minimal" } : {};
    return json(
      {
        "@odata.context": `${root}/v1.0/$metadata#${contextOf(round)}`,
        ...(page.next === undefined
          ? {
              "@odata.deltaLink": link("$deltatoken", { ...round, type: "delta", issuedAt: state.now() }),
            }
          : {
              "@odata.nextLink": link("$skiptoken", { ...round, ...page.next, page: round.page + 1 }),
            }),
        value: page.items,
      },
      applied,
    );
  };
}

/** Only the very first page names what was selected. */
function contextOf(round: Round): string {
  const first = round.since === undefined && round.page === 0 && round.explicit;
  const names = round.select.filter((name) => !RELATIONSHIPS[round.kind].includes(name));
  return first && names.length > 0 ? `${round.kind}s(${names.join(",")})` : `${round.kind}s`;
}

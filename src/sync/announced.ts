import type { WideRow } from "../store/rows.ts";
import type { Planned } from "./dispatch.ts";
import { fail } from "./set-aside.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";

/** Whom another connection is just creating, or did since we looked, is looked up again instead of created a second time. */
export function announced(work: Work, planned: readonly Planned[], tally: Tally): readonly Planned[] {
  const newcomers = planned.flatMap((each) => {
    const { row, lookedAt } = each;
    return lookedAt === undefined ? [] : [{ kind: row.kind, names: namesOf(work, row), lookedAt, each }];
  });
  if (newcomers.length === 0) return planned;
  const refused = work.store.claims.announcements.make(work.clock.now(), newcomers);
  for (const { each } of refused) {
    const { row } = each;
    work.store.matches.record(0, [{ id: row.id, targetId: null, by: null, note: null }]);
    const message = `another connection has just created this ${row.kind} at the target, or is about to; the next sync looks it up again`;
    fail(work, row, "create", "collision", message, tally, work.clock.now());
  }
  const others = new Set(refused.map(({ each }) => each));
  return planned.filter((each) => !others.has(each));
}

/** What another connection may know the same person or group by. */
function namesOf(work: Work, { kind, body }: WideRow): Record<string, string> {
  const paths = new Set([kind === "user" ? "userName" : "displayName", ...work.mapping.match[kind]]);
  paths.delete("externalId");
  const named = [...paths].map((path) => [path, body[path]] as const);
  return Object.fromEntries(
    named.filter((each): each is readonly [string, string] => typeof each[1] === "string" && each[1] !== ""),
  );
}

import type { SimulationEvent, WriteCall } from "../world/events.ts";
import { connectionConfig } from "../world/settings.ts";
import { refusedByRule, type World } from "../world/world.ts";
import type { Eyes, Invariant } from "./invariant.ts";

/** So often one object may be written in one cycle: switched, updated, referred, tried again after a look. Memberships go in chunks. */
const mostWrites = 6;

/** Notices what is written too often, or not at all any more. */
export const bounded: Invariant = {
  id: "I16",
  sentence:
    "one cycle writes one object a few times at most, what is refused is sent again on the schedule only, and a removal is never given up",
  watch(eyes) {
    const watchers = [watchCounts(eyes), watchSchedule(eyes), watchRemovals(eyes)];
    return (event) => {
      for (const hear of watchers) hear(event);
    };
  },
};

type Hear = (event: SimulationEvent) => void;

function watchCounts({ world, broken }: Eyes): Hear {
  let cycle: WriteCall["cycle"] | undefined;
  const counts = new Map<string, number>();
  return (event) => {
    if (event.type !== "write") return;
    const { call } = event;
    if (call.cycle !== cycle) counts.clear();
    cycle = call.cycle;
    const object =
      call.method === "create" ? `new ${String(call.resource?.externalId)}` : `${call.method} ${call.id}`;
    const count = (counts.get(object) ?? 0) + 1;
    counts.set(object, count);
    if (count === mostOf(world, call) + 1)
      broken(`${object} is written for the ${count}th time in one cycle`);
  };
}

function mostOf(world: World, { method }: WriteCall): number {
  if (method !== "members") return mostWrites;
  const { membersPerRequest } = world.settings.target.capabilities;
  return 4 + 4 * Math.ceil(world.directory.people.length / membersPerRequest);
}

interface Refusals {
  readonly count: number;
  /** By the wall clock, ms since 1970 UTC; that is the one that the schedule is kept by. */
  readonly at: number;
  /** What the directory said of the person then: something new is tried at once. */
  readonly person: unknown;
  readonly sourceId: string;
  /** How often the clock had jumped by then: a schedule that was written before another jump is not known. */
  readonly jumps: number;
}

/**
 * The same write about the same person, refused by the same rule: the first time it is tried again in the next cycle, then after each wait of the
 * schedule. A process that did not come to its end may not have written down that it was refused; and what got no answer after that is no
 * longer known as refused.
 */
function watchSchedule({ world, broken }: Eyes): Hear {
  const { waitsMs } = connectionConfig(world.settings, world.seed).retry;
  const refused = new Map<string, Refusals>();
  const ofThisCycle = new Set<string>();
  return (event) => {
    if (event.type === "state restored") refused.clear();
    if (event.type === "cycle ends") {
      const { end } = event;
      const rows = end.type === "report" ? end.status.failing.rows : [];
      const stillRefused = new Set(
        rows.filter(({ why }) => why === refusedByRule).map((each) => each.sourceId),
      );
      for (const key of ofThisCycle)
        if (!stillRefused.has(refused.get(key)?.sourceId ?? "")) refused.delete(key);
      ofThisCycle.clear();
    }
    if (event.type !== "write" && event.type !== "refusal heard") return;
    const { call } = event;
    const sourceId = sourceIdOf(world, call);
    if (call.kind !== "user" || sourceId === undefined || !world.poison.has(sourceId)) return;
    const key = JSON.stringify([call.method, call.id, call.operations ?? call.resource]);
    const person = world.directory.person(sourceId);
    const known = refused.get(key);
    const jumps = world.faults.of("clock jumps forward") + world.faults.of("clock jumps back");
    const before =
      known !== undefined && known.person === person && known.jumps === jumps ? known : undefined;
    if (event.type === "refusal heard") {
      if (event.code !== "invalid-value") return;
      refused.set(key, {
        count: (before?.count ?? 0) + 1,
        at: world.wallAt,
        person,
        sourceId,
        jumps,
      });
      ofThisCycle.add(key);
      return;
    }
    // On demand somebody asked for just this person.
    if (before === undefined || before.count < 2 || call.cycle.request.user !== undefined) return;
    const wait = waitsMs[Math.min(before.count - 1, waitsMs.length) - 1] ?? 0;
    const waited = world.wallAt - before.at;
    if (waited >= 0 && waited < wait - 60_000)
      broken(
        `${call.method} ${sourceId} was refused ${before.count} times and is sent again ${waited / 3_600_000} h later, not ${wait / 3_600_000} h`,
      );
  };
}

/** Whose account a write is about. */
function sourceIdOf(world: World, { id, resource }: WriteCall): string | undefined {
  const named = resource?.externalId ?? world.application.get(id)?.resource["externalId"];
  return typeof named === "string" ? named : undefined;
}

function watchRemovals({ owners, broken }: Eyes): Hear {
  let due: string | undefined;
  return (event) => {
    if (event.type === "removal is due") due = event.sourceId;
    if (event.type === "write" && owners.owner(event.call.id) === due) due = undefined;
    if (event.type !== "cycle ends" || due === undefined) return;
    // An approval is good for three days; then it waits for the next one.
    if (event.end.type === "report" && event.end.held.some(({ sourceId }) => sourceId === due))
      due = undefined;
    if (due === undefined) return;
    broken(`the removal of ${due} was refused for weeks and is not tried any more`);
    due = undefined;
  };
}

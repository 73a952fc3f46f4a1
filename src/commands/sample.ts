import type { Connection } from "../connection.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { Json } from "../scim/resource.ts";
import type { Judgement } from "../store/judgement.ts";
import type { Io } from "./invocation.ts";
import { escaped } from "./output/escape.ts";
import { cut, roomBeside, table, wrap } from "./output/table.ts";
import { showPath, showValue } from "./output/value.ts";
import type { Screen } from "./screen.ts";

/** One person of the directory as the mapping makes them. */
export interface Sample {
  readonly label: string;
  readonly sourceId: string;
  readonly inScope: boolean;
  readonly rule: string;
  readonly reason: string;
  readonly problem: string | null;
  readonly values: Readonly<Record<string, Json>>;
}

/** Somebody new whom the connection is meant for. */
const wouldBe = {
  id: 0,
  isAssigned: true,
  isPiloted: true,
  hasAccount: false,
  goneOffAt: undefined,
  putOffUntil: undefined,
} as const;

/** How many people are looked at, to find one who would get an account. */
const mostLookedAt = 1_000;

/** The first person who would be active at the target, else the first at all. Reads the beginning of a full read and stores nothing of it. */
export async function samplePerson(connection: Connection, io: Io): Promise<Sample | undefined> {
  const { store, source } = connection;
  const work = connection.begin({ purpose: "plan", trigger: "test" });
  let first: Sample | undefined;
  let looked = 0;
  try {
    for await (const page of source.poll(undefined, io.signal)) {
      for (const change of page.changes) {
        if (change.type !== "present" || change.kind !== "user") continue;
        looked += 1;
        const judgement = work.judge.present("user", change.record, io.clock.now(), wouldBe);
        const sample = sampleOf(change.id, judgement);
        if (judgement.intent === "active" && judgement.problem === undefined) return sample;
        first ??= sample;
      }
      if (looked >= mostLookedAt) break;
    }
    return first;
  } finally {
    store.runs.end(work.run, io.clock.now(), "done", undefined, {});
  }
}

function sampleOf(sourceId: string, judgement: Judgement): Sample {
  const { label, inScope, rule, reason, problem, body, onCreate, references } = judgement;
  return {
    label,
    sourceId,
    inScope,
    rule,
    reason,
    problem: problem ?? null,
    values: { ...body, ...onCreate, ...references, active: judgement.intent === "active" },
  };
}

export function sampleLines(
  sample: Sample | undefined,
  mapping: Mapping,
  { paint, width }: Screen,
): string[] {
  if (sample === undefined) return [`${paint.change("!")} the directory shows no person at all`];
  const state = sample.inScope
    ? `in scope (${sample.rule})`
    : `not in scope: ${sample.reason} (${sample.rule})`;
  const mapped = mapping.rows("user");
  const values = mapped.map((row) => [
    `  ${showPath(row.path)}`,
    showValue(sample.values[row.path], Math.max(20, Math.min(40, width - 60))),
  ]);
  const left = roomBeside(values, width);
  const rows = values.map((cells, at) => [...cells, paint.faint(cut(escaped(mapped[at]?.text ?? ""), left))]);
  const unmapped = Object.keys(sample.values).length < 2;
  return [
    `A sample person as the mapping makes them: ${paint.strong(escaped(sample.label || sample.sourceId))}`,
    ...wrap(escaped(state), width - 2).map((line) => `  ${line}`),
    ...(sample.problem === null ? [] : [`  ${paint.remove("✗")} ${escaped(sample.problem)}`]),
    ...(unmapped ? [] : ["", ...table([{}, {}, {}], rows)]),
  ];
}

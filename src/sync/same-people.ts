import { fold } from "../scim/filter.ts";
import type { Kind } from "../scim/resource.ts";
import type { Source } from "../sources/source.ts";
import { type Move, moveOf, type Ways } from "./transfer.ts";

/** Somebody of the old connection who was not found in the new one, or not clearly, and why. */
export interface Unclear {
  readonly label: string;
  readonly kind: Kind;
  readonly why: string;
}

/** Who of the new connection is who of the old one. */
export interface SamePeople {
  readonly moves: readonly Move[];
  readonly unclear: readonly Unclear[];
}

/**
 * Everybody with an account in the old connection, with the same person in the new one: by a value of the new directory that is the id in the old
 * one (`idsOf`), or by name; groups by name. Only where there is exactly one on both sides.
 */
export function samePeople(
  { from, to }: Ways,
  idsOf: ReadonlyMap<string, readonly string[]> | undefined,
): SamePeople {
  const moves: Move[] = [];
  const unclear: Unclear[] = [];
  const taken = new Map<string, Unclear>();
  for (const link of from.store.bindings.all()) {
    const row = from.store.comparison.bySourceId(link.kind, link.sourceId);
    if (row === undefined) continue;
    const isKnown = link.kind === "user" && idsOf !== undefined;
    const there = isKnown
      ? (idsOf.get(fold(link.sourceId)) ?? []).flatMap(
          (id) => to.store.comparison.bySourceId("user", id) ?? [],
        )
      : to.store.comparison.byLabel(link.kind, link.name).filter(({ presence }) => presence === "present");
    const [one, another] = there;
    const about = { kind: link.kind, label: link.name === "" ? link.sourceId : link.name };
    if (one === undefined) unclear.push({ ...about, why: `nobody in ${to.config.name} is the same` });
    else if (another !== undefined)
      unclear.push({ ...about, why: `${there.length} in ${to.config.name} are the same` });
    else if (taken.has(one.sourceId))
      unclear.push({ ...about, why: `${one.sourceId} is ${taken.get(one.sourceId)?.label} as well` });
    else {
      taken.set(one.sourceId, { ...about, why: "" });
      moves.push(moveOf(row, one));
    }
  }
  return { moves, unclear };
}

/** Reads one attribute of everybody in a directory: its value, and the GUID that it is the base64 of -> ids of people. */
export async function idsByAttribute(
  source: Source,
  attribute: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  for await (const page of source.poll(undefined, signal)) {
    for (const change of page.changes) {
      if (change.type !== "present" || change.kind !== "user") continue;
      const value = change.record[attribute];
      if (typeof value !== "string" || value === "") continue;
      for (const key of new Set([fold(value), guidOf(value) ?? fold(value)])) {
        const ids = found.get(key) ?? [];
        if (!ids.includes(change.id)) found.set(key, [...ids, change.id]);
      }
    }
    signal.throwIfAborted();
  }
  return found;
}

/** Position in the text of each byte of an objectGUID: the first three fields are little-endian (MS-DTYP 2.3.4.2). */
const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** What Entra Connect makes of an objectGUID is its bytes in base64 (the source anchor, onPremisesImmutableId). */
function guidOf(anchor: string): string | undefined {
  if (!/^[A-Za-z0-9+/]{22}==$/.test(anchor)) return undefined;
  const bytes = Buffer.from(anchor, "base64");
  const hex = Buffer.from(order.map((index) => bytes[index] ?? 0)).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

import { z } from "../zod.ts";
import type { Meta } from "./meta.ts";

/** A person's word that a connection is to end: everybody is switched off, within the limits. */
export interface Retirement {
  /** ms since 1970 UTC. */
  readonly since: number;
  readonly actor: string;
  readonly reason: string;
}

const stored = z.object({ since: z.number(), actor: z.string(), reason: z.string() });

/** The word that stands; undefined: the connection goes on. */
export function retirementOf(meta: Meta): Retirement | undefined {
  const text = meta.get("retirement");
  return text === undefined || text === "" ? undefined : stored.parse(JSON.parse(text));
}

/** Begins or ends it. Call inside the transaction of the decision in the audit trail. */
export function setRetirement(meta: Meta, retirement: Retirement | undefined): void {
  meta.set("retirement", retirement === undefined ? "" : JSON.stringify(retirement));
}

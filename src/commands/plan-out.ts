import { closeSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import type { Connection } from "../connection.ts";
import { ConfigurationError } from "../errors.ts";
import { digest } from "../store/digest.ts";
import type { Reach } from "../store/pending.ts";
import type { Parts } from "../sync/plan.ts";
import { type PlanFile, planFileText } from "../sync/plan-file.ts";
import { plannedStates } from "../sync/planned-states.ts";
import { jsonText } from "./output/json.ts";

/** Bytes that are written at once. */
const chunkSize = 1 << 16;

/** What a plan file says of the configuration that it was made with: another one is another plan. */
export function configurationOf(
  { digest: whole }: { readonly digest: string },
  { mapping }: Connection,
): string {
  return digest([whole, mapping.digest]).toString("hex");
}

/** Refuses a file that is there already, before anything is read. */
export function checkPlanOut(path: string): void {
  if (!existsSync(path)) return;
  throw new ConfigurationError(`${path} exists already, and a plan is never written over a file`, {
    hint: "give another name, or remove it first",
  });
}

/** Writes a plan file that its owner alone may read; it is there whole, or not at all. Returns how many changes it lists. */
export function writePlanFile(
  path: string,
  work: Parts,
  reach: Reach,
  about: Omit<PlanFile, "changes" | "kind" | "version" | "lineage">,
): number {
  let listed = 0;
  const counted = function* () {
    for (const change of plannedStates(work, reach)) {
      const { state } = change;
      listed += state.type === "members" ? state.members.length : 1;
      yield change;
    }
  };
  const head = {
    kind: "PlanFile",
    version: 1,
    lineage: work.store.meta.get("lineage") ?? "",
  } as const;
  const text = planFileText(work.store, jsonText, { ...head, ...about, changes: counted() });
  try {
    const file = openSync(path, "wx", 0o600);
    try {
      let buffer = "";
      for (const piece of text) {
        buffer += piece;
        if (buffer.length < chunkSize) continue;
        writeAll(file, buffer);
        buffer = "";
      }
      writeAll(file, buffer);
      fsyncSync(file);
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (!(error instanceof Error) || !("syscall" in error)) throw error;
    throw new ConfigurationError(`the plan cannot be written to ${path}: ${error.message}`, {
      cause: error,
      hint: "give a folder that you may write to, and a name that is not there yet",
    });
  }
  return listed;
}

/** A write may take less than it was given. */
function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text, "utf8");
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** The text of a plan file. */
export function readPlanFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(`the plan cannot be read: ${why}`, { cause: error });
  }
}

import type { Connection } from "../connection.ts";
import { ConfigurationError } from "../errors.ts";
import { type Files, isOfTheDisk, readText, writeText } from "../files.ts";
import { digest } from "../store/digest.ts";
import type { Reach } from "../store/pending.ts";
import type { Parts } from "../sync/plan.ts";
import { type PlanFile, planFileText } from "../sync/plan-file.ts";
import { plannedStates } from "../sync/planned-states.ts";
import { jsonText } from "./output/json.ts";

/** What a plan file says of the configuration that it was made with: another one is another plan. */
export function configurationOf(
  { digest: whole }: { readonly digest: string },
  { mapping }: Connection,
): string {
  return digest([whole, mapping.digest]).toString("hex");
}

/** Refuses a file that is there already, before anything is read. */
export async function checkPlanOut(files: Files, path: string): Promise<void> {
  if (!(await files.exists(path))) return;
  throw new ConfigurationError(`${path} exists already, and a plan is never written over a file`, {
    hint: "give another name, or remove it first",
  });
}

/** Writes a plan file that its owner alone may read; it is there whole, or not at all. Returns how many changes it lists. */
export async function writePlanFile(
  files: Files,
  path: string,
  work: Parts,
  reach: Reach,
  about: Omit<PlanFile, "changes" | "kind" | "version" | "lineage">,
): Promise<number> {
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
    await writeText(files, path, "new", text);
  } catch (error) {
    if (!isOfTheDisk(error)) throw error;
    throw new ConfigurationError(`the plan cannot be written to ${path}: ${error.message}`, {
      cause: error,
      hint: "give a folder that you may write to, and a name that is not there yet",
    });
  }
  return listed;
}

/** The text of a plan file. */
export async function readPlanFile(files: Files, path: string): Promise<string> {
  try {
    return await readText(files, path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(`the plan cannot be read: ${why}`, { cause: error });
  }
}

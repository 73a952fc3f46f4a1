import { ConnectionError } from "../errors.ts";
import type { Kind } from "../scim/resource.ts";
import type { Stage } from "../store/stage.ts";
import type { Work } from "./work.ts";

/**
 * Somebody whom the configuration names must be in every full read; asked for in what was read just now, before anything follows from anybody's
 * absence. Throws where they are missing: then the read is not complete, whatever the directory said.
 */
export function checkCanary(work: Work, stage: Stage): void {
  const { canary } = work.config;
  for (const kind of ["user", "group"] as const) {
    const key = canary?.[kind];
    if (key !== undefined && !wasRead(work, stage, kind, key)) throw missing(work, kind, key);
  }
}

function wasRead({ store }: Work, stage: Stage, kind: Kind, key: string): boolean {
  return store.people.find(key, kind).some((row) => row.presence === "present" && stage.hasSeen(row.id));
}

function missing({ config }: Work, kind: Kind, key: string): ConnectionError {
  const who = kind === "user" ? "nobody" : "no group";
  return new ConnectionError(
    `${config.name}: ${who} in what the directory showed answers to the canary "${key}" (canary.${kind}): the read does not count as complete, and nobody was touched`,
    {
      hint: "most often the account that reads lost rights, or reads another part of the directory; if the canary is gone for good, name another one in the configuration",
    },
  );
}

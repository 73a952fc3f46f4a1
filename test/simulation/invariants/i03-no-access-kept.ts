import type { World } from "../world/world.ts";
import type { Invariant, Ownership } from "./invariant.ts";
import { isOn } from "./wanted.ts";

/** People who are off and have an active account. */
export function keepingAccess(world: World, ownership: Ownership): readonly string[] {
  return world.directory.people
    .filter((person) => !isOn(person) && !world.poison.has(person.id))
    .flatMap((person) =>
      ownership
        .accountsOf(person.id)
        .filter((id) => world.application.get(id)?.resource["active"] !== false)
        .map((id) => `${person.id} is off, and ${id} is active`),
    );
}

export const noAccessKept: Invariant = {
  id: "I3",
  sentence: "when the faults have stopped, nobody who is off in the directory keeps an active account",
  watch:
    ({ world, owners, broken }) =>
    (event) => {
      if (event.type === "calm") for (const each of keepingAccess(world, owners)) broken(each);
    },
};

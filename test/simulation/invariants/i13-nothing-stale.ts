import type { Json } from "../../../src/scim/resource.ts";
import type { Held } from "../world/application.ts";
import type { Person } from "../world/directory.ts";
import type { WriteCall } from "../world/events.ts";
import type { Invariant } from "./invariant.ts";
import { isOn } from "./wanted.ts";

export const nothingStale: Invariant = {
  id: "I13",
  sentence: "a value that is sent is the directory's, and not one from before the last honest read",
  watch:
    ({ world, owners, knowledge, broken }) =>
    (event) => {
      if (event.type !== "write" || event.call.kind !== "user") return;
      const { call } = event;
      const owner = call.method === "create" ? String(call.resource?.externalId) : owners.owner(call.id);
      if (owner === undefined) return;
      const versions = world.directory.since(owner, knowledge.since(owner));
      if (versions.length === 0) return;
      // Where nobody says that somebody was deleted, only a read of everything shows it.
      const told = (person: Person): Person =>
        world.settings.directory.tombstones ? person : { ...person, gone: false };
      // Whether somebody may be switched off is another promise: that of absence and of limits.
      for (const [name, value] of sentValues(call, world.application.get(call.id)?.resource))
        if (
          !(name === "active" && value === false) &&
          !isDetour(name, value, world.application.get(call.id)) &&
          !versions.some((person) => wantedValue(told(person), name) === value)
        )
          broken(`${owner}: ${name} is sent as ${JSON.stringify(value)}, which the directory does not say`);
    },
};

/** Who swaps names with others goes by way of a temporary name, and back if that fails. */
function isDetour(name: Name, value: Json | undefined, held: Held | undefined): boolean {
  const temporary = /\.[0-9a-f]{8}$/;
  return (
    name === "userName" && (temporary.test(String(value)) || temporary.test(String(held?.resource[name])))
  );
}

type Name = "userName" | "displayName" | "title" | "active";

/** Values that this call changes, as far as they are simple ones. */
function sentValues(
  call: WriteCall,
  held: { readonly [name: string]: unknown } | undefined,
): readonly (readonly [Name, Json | undefined])[] {
  const names = ["userName", "displayName", "title", "active"] as const;
  const { resource, operations } = call;
  if (resource !== undefined)
    return names
      .filter((name) => resource[name] !== held?.[name])
      .map((name) => [name, resource[name]] as const);
  return (operations ?? []).flatMap((operation) => {
    const name = names.find((each) => each === operation.path);
    if (name === undefined) return [];
    return [[name, "value" in operation ? (operation.value as Json) : undefined] as const];
  });
}

function wantedValue(person: Person, name: Name): Json | undefined {
  if (name === "userName") return person.login;
  if (name === "active") return isOn(person);
  return name === "displayName" ? person.name : person.title;
}

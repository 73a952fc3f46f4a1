import { ConfigurationError } from "../errors.ts";
import type { Kind } from "../scim/resource.ts";
import type { Source } from "../sources/source.ts";
import type { Store } from "../store/store.ts";

/** The directory as the snapshot knows it: nothing changed since, and nobody is asked. */
export function storedSource(store: Store, connection: string): Source {
  const identity = store.meta.get("source") ?? "";
  const find = (kind: Kind, key: string) =>
    store.people
      .find(key, kind)
      .flatMap(({ presence, sourceId }) => (presence === "present" ? [sourceId] : []));
  return {
    // However old the last full read is: another one is not ours to make.
    fullEveryMs: Number.MAX_SAFE_INTEGER,
    identity: async () => identity,
    async *poll(cursor) {
      yield cursor === undefined ? { changes: [] } : { changes: [], cursor };
    },
    read: async () => [],
    find: async (kind, key) => find(kind, key),
    async assigned(to) {
      if ("groups" in to) return to.groups.map((name) => onlyOne(name, find("group", name), connection));
      // Whom an application means is known as long as it is the same one.
      if (store.meta.get("assigned_rule") === JSON.stringify({ app: to.app })) return store.assignedRoots();
      throw new ConfigurationError(
        `scope.assigned: who is assigned to the application ${to.app} does not stand in the snapshot`,
        { hint: `ask the directory with \`rollcall plan ${connection}\`` },
      );
    },
    probe: async () => [],
    close: async () => {},
  };
}

function onlyOne(name: string, [id, another]: readonly string[], connection: string): string {
  if (id !== undefined && another === undefined) return id;
  const what = id === undefined ? "no group" : "more than one group";
  throw new ConfigurationError(`scope.assigned: ${what} in the snapshot answers to "${name}"`, {
    hint: `name it by its id, or ask the directory with \`rollcall plan ${connection}\``,
  });
}

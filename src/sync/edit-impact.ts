import type { EditEffects } from "../store/edits.ts";
import type { WideRow } from "../store/rows.ts";
import { actionOf, changesIdentifier, changesOf, clearedPaths } from "./action.ts";
import type { Work } from "./work.ts";

/** What an edit of the configuration would do to one person, group or membership. */
export interface Impact {
  readonly deactivates?: true;
  readonly deletes?: true;
  readonly renames?: true;
  readonly takesOut?: true;
  /** SCIM paths whose value goes away. */
  readonly clears: readonly string[];
}

/** As far as the edit, and not the directory, wants what is pending; undefined where it does not, or takes nothing away. */
export function impactOf(row: WideRow, { intent, paths }: EditEffects): Impact | undefined {
  if (row.targetId === null) return undefined;
  const action = actionOf(row);
  if (action === "delete") return intent === "deleted" ? { deletes: true, clears: [] } : undefined;
  // Whoever is to be off by the directory's word does not wait for the values that go along.
  if (action === "deactivate") return intent === undefined ? undefined : { deactivates: true, clears: [] };
  if (action !== "update" && action !== "rename") return undefined;
  const changes = changesOf(row).filter(({ path }) => paths.includes(path) || paths.includes("*"));
  const clears = clearedPaths(changes);
  const renames = changesIdentifier(changes.filter(({ path }) => !clears.includes(path)));
  if (!renames && clears.length === 0) return undefined;
  return { ...(renames ? { renames: true } : {}), clears };
}

/** "the edit of the configuration deactivates 37 of 1900 people, deletes 2 of 1950 people and groups, clears title of 212" */
export function impactText({ store }: Pick<Work, "store">, impacts: readonly Impact[]): string {
  const users = store.people.managedActive("user");
  const all = users + store.people.managedActive("group");
  const count = (pick: (impact: Impact) => unknown) => impacts.filter((each) => pick(each) === true).length;
  const cleared = new Map<string, number>();
  for (const path of impacts.flatMap(({ clears }) => clears)) cleared.set(path, (cleared.get(path) ?? 0) + 1);
  const off = one(
    count(({ deactivates }) => deactivates),
    (n) => `deactivates ${n} of ${users} people`,
  );
  const others = [
    ...one(
      count(({ deletes }) => deletes),
      (n) => `deletes ${n}`,
    ),
    ...one(
      count(({ renames }) => renames),
      (n) => `gives another name, external id or e-mail address to ${n}`,
    ),
    ...[...cleared].map(([path, n]) => `clears ${path.slice(path.lastIndexOf(":") + 1)} of ${n}`),
  ];
  const [first, ...rest] = others;
  const changed = first === undefined ? [] : [`${first} of ${all} people and groups`, ...rest];
  const taken = one(
    count(({ takesOut }) => takesOut),
    (n) => `ends ${n} of ${store.memberships.applied()} memberships`,
  );
  return `the edit of the configuration ${[...off, ...changed, ...taken].join(", ")}`;
}

function one(n: number, text: (n: number) => string): string[] {
  return n === 0 ? [] : [text(n)];
}

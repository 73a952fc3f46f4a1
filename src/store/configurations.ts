import type { Json } from "../scim/resource.ts";
import type { Audit } from "./audit.ts";
import type { Db } from "./database.ts";
import { Meta } from "./meta.ts";

/** What of a connection's configuration is compared: setting -> value; a mapping is its text. */
export type Settings = Readonly<Record<string, Json>>;

/** The configuration that is in force since a run. */
export interface KnownConfiguration {
  readonly digest: string;
  readonly run: number;
  /** ms since 1970 UTC. */
  readonly at: number;
  readonly actor: string;
  readonly settings: Settings;
}

/** Which configuration a connection worked with, and what changed from one to the next, as events of the audit trail. */
export class Configurations {
  readonly #db: Db;
  readonly #meta: Meta;
  readonly #audit: Audit;

  constructor(db: Db, audit: Audit) {
    this.#db = db;
    this.#meta = new Meta(db);
    this.#audit = audit;
  }

  /** The one that the last run worked with. */
  current(): KnownConfiguration | undefined {
    const text = this.#meta.get("configuration");
    return text === undefined ? undefined : (JSON.parse(text) as KnownConfiguration);
  }

  /** Writes down what a run that begins works with, where it is another one than before. */
  note(next: KnownConfiguration): void {
    const known = this.current();
    if (known?.digest === next.digest) return;
    this.#db
      .transaction(() => {
        this.#meta.set("configuration", JSON.stringify(next));
        if (known === undefined) return;
        const changed = changedSettings(known.settings, next.settings);
        const names = changed.map(({ name }) => name);
        if (names.length === 0) return;
        this.#audit.configuration(next.run, next.actor, next.at, {
          reason: `changed: ${names.join(", ")}`,
          before: Object.fromEntries(changed.map(({ name, before }) => [name, before])),
          after: Object.fromEntries(changed.map(({ name, after }) => [name, after])),
        });
      })
      .immediate();
  }
}

/** What differs; of long texts the lines that went and came. */
function changedSettings(
  before: Settings,
  after: Settings,
): readonly { readonly name: string; readonly before: Json; readonly after: Json }[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const [was, is] = [before[name] ?? null, after[name] ?? null];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    if (typeof was === "string" && typeof is === "string" && /\n/.test(was + is)) {
      const [old, young] = [was.split("\n"), is.split("\n")];
      return [{ name, before: without(old, young), after: without(young, old) }];
    }
    return [{ name, before: was, after: is }];
  });
}

function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
}

import type { Kind } from "./schema.ts";
import type { Properties, Value } from "./value.ts";

/** An object of the tenant, also after it was deleted: only then can change tracking tell of it. */
export interface Entity {
  readonly id: string;
  readonly kind: Kind;
  /** Every property that was ever set; null when it was cleared. */
  readonly properties: Record<string, Value>;
  readonly createdAt: number;
  /** The point of the log at which it came to be. */
  readonly born: number;
  state: "live" | "soft-deleted" | "gone";
  deletedAt?: number;
  manager?: string;
}

/** `@odata.type` and id: all that a relationship tells of the other side. */
export interface Reference {
  readonly "@odata.type": string;
  readonly id: string;
}

export function reference(entity: Entity): Reference {
  return { "@odata.type": `#microsoft.graph.${entity.kind}`, id: entity.id };
}

/** A property as it is, undefined when it was never set. */
export function property(entity: Entity, name: string): Value | undefined {
  if (name === "id") return entity.id;
  if (name === "deletedDateTime") return entity.deletedAt === undefined ? undefined : iso(entity.deletedAt);
  return Object.hasOwn(entity.properties, name) ? entity.properties[name] : undefined;
}

/** What one is called: names and, for people, login name and mail address; null where there is none. */
export function namesOf({ kind, properties }: Entity): Properties {
  const names = ["displayName", "mail", "mailNickname"];
  if (kind === "user") names.push("givenName", "surname", "userPrincipalName");
  return Object.fromEntries(names.map((name) => [name, properties[name] ?? null]));
}

/** Selected properties as a read by id or a list gives them: null where a property was never set. */
export function view(entity: Entity, select: readonly string[]): Properties {
  return Object.fromEntries(select.map((name) => [name, property(entity, name) ?? null]));
}

/** Times without fractions, as Microsoft Graph writes them. */
export function iso(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

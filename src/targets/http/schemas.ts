/** What a service publishes of its schema (RFC 7644 4): /Schemas, /ResourceTypes and /ServiceProviderConfig, each as far as it is there. */
import { ItemError, isRollcallError, ProtocolError } from "../../errors.ts";
import { fold } from "../../scim/filter.ts";
import { elements, isObject, member } from "../../scim/path.ts";
import { GROUP_SCHEMA, type Json, type Kind, USER_SCHEMA } from "../../scim/resource.ts";
import type { TargetAttribute, TargetSchema } from "../../scim/target-schema.ts";
import type { Client, Document } from "./client.ts";

const CORE: Readonly<Record<Kind, string>> = { user: USER_SCHEMA, group: GROUP_SCHEMA };

/** Throws where the service does not let us in or cannot be reached; what it does not publish is left out. */
export async function publishedSchema(client: Client, signal: AbortSignal): Promise<TargetSchema> {
  const config = await published(client, "/ServiceProviderConfig", signal);
  const schemas = listed(await published(client, "/Schemas", signal));
  const types = listed(await published(client, "/ResourceTypes", signal));
  const of = (kind: Kind) => {
    const wanted = schemasOf(kind, types, schemas);
    const found = schemas.filter((each) => wanted.has(fold(idOf(each))));
    return found.some((each) => fold(idOf(each)) === fold(CORE[kind]))
      ? found.flatMap(attributesOf)
      : undefined;
  };
  return { user: of("user"), group: of("group"), isOpen: false, supports: config && supportsOf(config) };
}

/** Undefined where the service has no such page: many have not. */
async function published(client: Client, path: string, signal: AbortSignal): Promise<Document | undefined> {
  const call = { method: "GET", path, kind: "user", to: `read its ${path.slice(1)}`, object: true } as const;
  try {
    return await client.call(call, signal);
  } catch (error) {
    const isMissing = error instanceof ItemError || error instanceof ProtocolError;
    if (signal.aborted || !isRollcallError(error) || !isMissing) throw error;
    return undefined;
  }
}

function listed(document: Document | undefined): readonly Json[] {
  return elements(member(document, "Resources")).filter(isObject);
}

function idOf(schema: Json): string {
  return String(member(schema, "id") ?? "");
}

/** The core schema of a kind and the extensions that its resource type names; without resource types all that are not the other kind's. */
function schemasOf(kind: Kind, types: readonly Json[], schemas: readonly Json[]): ReadonlySet<string> {
  const type = types.find((each) => fold(String(member(each, "schema") ?? "")) === fold(CORE[kind]));
  if (type !== undefined) {
    const extensions = elements(member(type, "schemaExtensions")).map((each) =>
      fold(String(member(each, "schema") ?? "")),
    );
    return new Set([fold(CORE[kind]), ...extensions]);
  }
  const isOfKind = (id: string) =>
    fold(id) === fold(CORE[kind]) ||
    (kind === "user" && /:extension:|^urn:(?!ietf:)/i.test(id) && !/:group$/i.test(id));
  return new Set(schemas.map(idOf).filter(isOfKind).map(fold));
}

function attributesOf(schema: Json): readonly TargetAttribute[] {
  const id = idOf(schema);
  const prefix = [USER_SCHEMA, GROUP_SCHEMA].some((core) => fold(core) === fold(id)) ? "" : `${id}:`;
  return elements(member(schema, "attributes")).flatMap((each) => leaves(each, prefix, false));
}

function leaves(attribute: Json, prefix: string, isInside: boolean): readonly TargetAttribute[] {
  const name = member(attribute, "name");
  if (typeof name !== "string") return [];
  const path = `${prefix}${name}`;
  const multiValued = isInside || member(attribute, "multiValued") === true;
  const parts = isInside ? [] : elements(member(attribute, "subAttributes"));
  if (parts.length > 0) {
    const mutability = mutabilityOf(attribute);
    return parts
      .flatMap((each) => leaves(each, `${path}.`, true))
      .map((each) => ({
        ...each,
        multiValued,
        // What nobody may write as a whole nobody may write in part.
        mutability: mutability === "readOnly" ? mutability : each.mutability,
      }));
  }
  return [
    {
      path,
      type: String(member(attribute, "type") ?? "string"),
      multiValued,
      required: member(attribute, "required") === true,
      mutability: mutabilityOf(attribute),
    },
  ];
}

function mutabilityOf(attribute: Json): TargetAttribute["mutability"] {
  const said = String(member(attribute, "mutability") ?? "");
  return (
    (["readOnly", "immutable", "writeOnly"] as const).find((each) => fold(each) === fold(said)) ?? "readWrite"
  );
}

/** `{ patch: { supported: true } }` and the like. */
function supportsOf(config: Document): Readonly<Record<string, boolean>> {
  const names = ["patch", "bulk", "filter", "changePassword", "sort", "etag"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const supported = member(member(config, name), "supported");
      return supported === undefined ? [] : [[name, supported === true || supported === "true"]];
    }),
  );
}

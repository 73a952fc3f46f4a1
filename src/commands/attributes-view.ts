/** Directory, mapping and target side by side, as data: what is offered, what is made of it, what is accepted. */
import type { Config, ConnectionConfig } from "../config/config.ts";
import { compiledMapping, endsOf } from "../connection.ts";
import { isRollcallError } from "../errors.ts";
import { silent } from "../log.ts";
import type { CompiledMapping } from "../mapping/compile.ts";
import { knownPath } from "../scim/path.ts";
import type { Kind } from "../scim/resource.ts";
import { attributesAt, listedPath, type TargetAttribute, type TargetSchema } from "../scim/target-schema.ts";
import type { Io } from "./invocation.ts";

/** An attribute of the directory. */
export interface SourceSide {
  readonly name: string;
  /** "string", "list", ...; "any" for one that only the directory's own schema knows. */
  readonly type: string;
  readonly description: string;
  /** SCIM paths of the rows that read it; "scope" for the rule. */
  readonly readBy: readonly string[];
}

/** What becomes of a row at the target. */
export interface TargetSide {
  readonly path: string;
  /** refused: the target has no such attribute, or lets nobody write it. unknown: it does not say. */
  readonly status: "accepted" | "refused" | "unknown";
  readonly type: string | null;
  readonly required: boolean;
  /** Why, when it is refused. */
  readonly reason: string | null;
}

export interface RowView {
  readonly path: string;
  readonly text: string;
  readonly type: "expression" | "constant" | "reference";
  readonly write: string;
  /** file:line:column */
  readonly where: string;
  readonly reads: readonly string[];
  readonly target: TargetSide;
}

export interface KindView {
  readonly kind: Kind;
  readonly match: readonly string[];
  /** Of these, what the target cannot look up by, as its profile says. */
  readonly unsearchable: readonly string[];
  /** The scope rule; null where there is none. */
  readonly scope: string | null;
  readonly source: readonly SourceSide[];
  readonly rows: readonly RowView[];
  /** What the target takes and no row writes; null where the target does not say. */
  readonly unwritten: readonly TargetAttribute[] | null;
}

export interface AttributesView {
  readonly connection: string;
  readonly source: {
    readonly name: string;
    readonly type: string;
    readonly title: string;
    readonly isOpen: boolean;
  };
  readonly target: {
    readonly name: string;
    readonly type: string;
    readonly title: string;
    /** Why its schema is not known; null where it is. */
    readonly unknown: string | null;
    readonly isOpen: boolean;
    readonly supports: Readonly<Record<string, boolean>> | null;
  };
  /** Whom the connection is limited to: groups, or an application; null where it is not. */
  readonly assigned: string | null;
  readonly kinds: readonly KindView[];
}

/** Asks the target for its schema and nobody else for anything; a target that cannot be asked is said to be unknown. */
export async function attributesOf(
  config: Config,
  connection: ConnectionConfig,
  io: Io,
): Promise<AttributesView> {
  const { source, target } = await endsOf(connection);
  const mapping = await compiledMapping(connection, source);
  const { schema, unknown } = await schemaOf(config, connection, target, io);
  const { filter: filters } = target.capabilities(connection.target.settings);
  const kinds: readonly Kind[] = connection.policy.groups.push ? ["user", "group"] : ["user"];
  return {
    connection: connection.name,
    source: {
      name: connection.source.name,
      type: source.type,
      title: source.title,
      isOpen: source.openSchema,
    },
    target: {
      name: connection.target.name,
      type: target.type,
      title: target.title,
      unknown,
      isOpen: schema?.isOpen ?? false,
      supports: schema?.supports ?? null,
    },
    assigned: assignedTo(connection),
    kinds: kinds.map((kind) =>
      kindView(kind, connection, mapping, source.attributes[kind], schema, filters[kind]),
    ),
  };
}

function assignedTo({ scope: { assigned } }: ConnectionConfig): string | null {
  if (assigned === undefined) return null;
  return "groups" in assigned
    ? `members of ${assigned.groups.join(", ")}`
    : `to the application ${assigned.app}`;
}

type Offered = Readonly<Record<string, { readonly type: string; readonly description: string }>>;
type Target = Awaited<ReturnType<typeof endsOf>>["target"];

async function schemaOf(
  config: Config,
  connection: ConnectionConfig,
  target: Target,
  io: Io,
): Promise<{ readonly schema: TargetSchema | undefined; readonly unknown: string | null }> {
  if (target.schema !== undefined) return { schema: target.schema, unknown: null };
  const { name, settings } = connection.target;
  try {
    const context = { name, folder: `${config.state}/targets`, log: silent, clock: io.clock };
    const api = await target.open(settings, context);
    try {
      const schema = await api.schema?.(io.signal);
      const says = schema?.user !== undefined || schema?.group !== undefined;
      return { schema, unknown: says ? null : "it publishes no schema (/Schemas)" };
    } finally {
      await api.close();
    }
  } catch (error) {
    if (!isRollcallError(error)) throw error;
    return { schema: undefined, unknown: error.message };
  }
}

function kindView(
  kind: Kind,
  connection: ConnectionConfig,
  mapping: CompiledMapping,
  offered: Offered,
  schema: TargetSchema | undefined,
  searchable: readonly string[],
): KindView {
  const { rows: readsByRow, scope } = mapping.readBy(kind);
  const attributes = schema?.[kind];
  const rows = mapping.rows(kind).map(({ path, text, type, write, where }): RowView => {
    const reads = readsByRow.get(path) ?? [];
    return {
      path,
      text,
      type,
      write,
      where,
      reads,
      target: targetSide(path, attributes, schema?.isOpen ?? false),
    };
  });
  const readBy = (name: string) => [
    ...rows.filter(({ reads }) => reads.includes(name)).map(({ path }) => path),
    ...(scope.includes(name) ? ["scope"] : []),
  ];
  const unlisted = mapping.reads[kind].filter((name) => !Object.hasOwn(offered, name));
  const rule = kind === "user" ? connection.scope.users : connection.scope.groups;
  return {
    kind,
    match: mapping.match[kind],
    unsearchable: mapping.match[kind].filter((path) => !searchable.includes(path)),
    scope: rule?.text ?? null,
    source: [
      ...Object.entries(offered).map(([name, { type, description }]) => ({
        name,
        type,
        description,
        readBy: readBy(name),
      })),
      ...unlisted.map((name) => ({
        name,
        type: "any",
        description: "Of the directory's own schema",
        readBy: readBy(name),
      })),
    ],
    rows,
    unwritten: attributes === undefined ? null : unwritten(kind, attributes, rows),
  };
}

function targetSide(
  path: string,
  attributes: readonly TargetAttribute[] | undefined,
  isOpen: boolean,
): TargetSide {
  const side = { path, type: null, required: false, reason: null } as const;
  if (attributes === undefined) return { ...side, status: "unknown" };
  const found = attributesAt(knownPath(path), attributes);
  const [first] = found;
  if (first === undefined)
    return isOpen
      ? { ...side, status: "accepted" }
      : { ...side, status: "refused", reason: "it is not in the schema of the target" };
  const { type, required } = first;
  if (found.every(({ mutability }) => mutability === "readOnly"))
    return { ...side, type, required, status: "refused", reason: "the target alone writes it (readOnly)" };
  return { ...side, type: found.length > 1 ? "complex" : type, required, status: "accepted" };
}

/** Members are synchronised without a row, and the way in which a value is picked (type, primary) comes with the filter. */
function unwritten(
  kind: Kind,
  attributes: readonly TargetAttribute[],
  rows: readonly RowView[],
): readonly TargetAttribute[] {
  const written = new Set(
    rows.flatMap(({ path }) => attributesAt(knownPath(path), attributes).map((each) => each.path)),
  );
  const ours = new Set(rows.map(({ path }) => listedPath(path).split(".")[0]));
  return attributes.filter(({ path, mutability, multiValued }) => {
    if (
      mutability === "readOnly" ||
      written.has(path) ||
      ["id", "schemas", "meta", "password"].includes(path)
    )
      return false;
    if (kind === "group" && path.startsWith("members")) return false;
    const [whole, part] = path.split(/\.(?!.*[:.])/);
    return !(multiValued && ours.has(whole) && ["type", "primary", "display", "$ref"].includes(part ?? ""));
  });
}

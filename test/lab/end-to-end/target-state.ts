import Database from "better-sqlite3";

/** What a target holds, in words that can be compared: no ids of the target. */
export interface TargetState {
  /** userName -> SCIM path -> value; `manager` is the userName of the manager. */
  readonly users: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** displayName -> path -> value; `members` are userNames, sorted, one a line. */
  readonly groups: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

type Json = Readonly<Record<string, unknown>>;

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** Reads a SCIM service by bare requests, page by page. */
export async function readService(service: {
  readonly baseUrl: string;
  readonly token: string;
}): Promise<TargetState> {
  return stateOf(await readAll(service, "Users"), await readAll(service, "Groups"));
}

/** Reads the file of an embedded directory by SQL. */
export function readDirectoryFile(file: string): TargetState {
  const database = new Database(file, { readonly: true });
  try {
    const rows = database.prepare("select seq, id, kind, json from resource order by seq").all() as readonly {
      seq: number;
      id: string;
      kind: string;
      json: string;
    }[];
    const idOf = new Map(rows.map((row) => [row.seq, row.id]));
    const members = new Map<number, { value: string | undefined }[]>();
    for (const { grp, member } of database.prepare("select grp, member from membership").all() as readonly {
      grp: number;
      member: number;
    }[]) {
      members.set(grp, [...(members.get(grp) ?? []), { value: idOf.get(member) }]);
    }
    const all = rows.map((row) => ({
      kind: row.kind,
      resource: { ...(JSON.parse(row.json) as Json), id: row.id, members: members.get(row.seq) ?? [] },
    }));
    const ofKind = (kind: string) => all.filter((each) => each.kind === kind).map((each) => each.resource);
    return stateOf(ofKind("user"), ofKind("group"));
  } finally {
    database.close();
  }
}

/** Two states, line by line; empty when they are the same. */
export function differences(actual: TargetState, expected: TargetState): readonly string[] {
  return (["users", "groups"] as const).flatMap((kind) => {
    const names = new Set([...expected[kind].keys(), ...actual[kind].keys()]);
    return [...names].flatMap((name) => {
      const [has, wants] = [actual[kind].get(name), expected[kind].get(name)];
      if (has === undefined || wants === undefined)
        return [`${kind}: ${name} is ${has === undefined ? "missing" : "too much"}`];
      const paths = new Set([...Object.keys(has), ...Object.keys(wants)]);
      return [...paths]
        .filter((path) => has[path] !== wants[path])
        .map((path) => `${kind}: ${name}: ${path} is ${shown(has[path])}, not ${shown(wants[path])}`);
    });
  });
}

function shown(value: string | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value.slice(0, 200));
}

async function readAll(
  service: { readonly baseUrl: string; readonly token: string },
  collection: "Users" | "Groups",
): Promise<readonly Json[]> {
  const found: Json[] = [];
  for (;;) {
    const page = `${service.baseUrl}/${collection}?startIndex=${found.length + 1}&count=100`;
    const answer = await fetch(page, { headers: { authorization: `Bearer ${service.token}` } });
    if (!answer.ok) throw new Error(`${page}: ${answer.status} ${await answer.text()}`);
    const { totalResults, Resources } = (await answer.json()) as {
      readonly totalResults: number;
      readonly Resources?: readonly Json[];
    };
    found.push(...(Resources ?? []));
    if (found.length >= totalResults) return found;
    if (Resources === undefined || Resources.length === 0)
      throw new Error(`${page}: nothing, though ${totalResults} were announced`);
  }
}

function stateOf(users: readonly Json[], groups: readonly Json[]): TargetState {
  const names = new Map(users.map((user) => [user["id"], String(user["userName"])]));
  const nameOf = (reference: unknown): string => {
    const id = (reference as Json)["value"];
    return names.get(id) ?? `unknown id ${id}`;
  };
  return {
    users: mapOf(users, "userName", (user) => flat(user, nameOf)),
    groups: mapOf(groups, "displayName", (group) => ({
      ...flat(group, nameOf),
      members: ((group["members"] ?? []) as readonly unknown[]).map(nameOf).toSorted().join("\n"),
    })),
  };
}

/** By name; a second account of the same name is kept under a name of its own, so that it shows. */
function mapOf<Value>(
  resources: readonly Json[],
  attribute: string,
  value: (resource: Json) => Value,
): ReadonlyMap<string, Value> {
  const found = new Map<string, Value>();
  for (const resource of resources) {
    let name = String(resource[attribute]);
    while (found.has(name)) name += " (again)";
    found.set(name, value(resource));
  }
  return found;
}

/** What a server adds by itself. */
const ITS_OWN = new Set(["schemas", "id", "meta", "groups", "members"]);
const MARKS = new Set(["type", "primary", "display", "$ref"]);

function flat(resource: Json, nameOf: (reference: unknown) => string): Record<string, string> {
  const values: Record<string, string> = {};
  const put = (path: string, value: unknown): void => {
    if (path === `${ENTERPRISE}:manager`) values["manager"] = nameOf(value);
    else if (Array.isArray(value)) {
      for (const each of value as readonly Json[])
        for (const [name, inner] of Object.entries(each))
          if (!MARKS.has(name)) put(`${path}[type eq "${each["type"]}"].${name}`, inner);
    } else if (typeof value === "object" && value !== null) {
      const sign = path.startsWith("urn:") ? ":" : ".";
      for (const [name, inner] of Object.entries(value)) put(`${path}${sign}${name}`, inner);
    } else values[path] = String(value);
  };
  for (const [name, value] of Object.entries(resource)) if (!ITS_OWN.has(name)) put(name, value);
  return values;
}

/** Requests that change something, as a SCIM service of the lab counts them. */
export async function serviceWrites(service: { readonly baseUrl: string }): Promise<number> {
  const answer = await fetch(new URL("/_log", service.baseUrl));
  const counts = (await answer.json()) as Readonly<Record<string, number>>;
  return ["POST", "PUT", "PATCH", "DELETE"].reduce((sum, method) => sum + (counts[method] ?? 0), 0);
}

/** Every change of an embedded directory raises the version of what it changed. */
export function directoryWrites(file: string): number {
  const database = new Database(file, { readonly: true });
  try {
    return Number(database.prepare("select sum(version) from resource").pluck().get());
  } finally {
    database.close();
  }
}

/**
 * How many requests lead from one state to the other when none is wasted: one for what is new or has other values, one more for its
 * manager, one for members to add and one for members to remove.
 */
export function writesBetween(before: TargetState, after: TargetState): number {
  let count = 0;
  const idsOf = (kind: "users" | "groups", state: TargetState) =>
    new Map([...state[kind].values()].map((values) => [values["externalId"], values]));
  for (const kind of ["users", "groups"] as const) {
    const old = idsOf(kind, before);
    const names = new Map([...before.users].map(([name, values]) => [name, values["externalId"]]));
    const newNames = new Map([...after.users].map(([name, values]) => [name, values["externalId"]]));
    const idOfManager = (values: Readonly<Record<string, string>> | undefined, by: typeof names) =>
      by.get(values?.["manager"] ?? "");
    const members = (values: Readonly<Record<string, string>> | undefined, by: typeof names) =>
      new Set(
        (values?.["members"] ?? "")
          .split("\n")
          .filter((name) => name !== "")
          .map((name) => by.get(name)),
      );
    for (const [id, values] of idsOf(kind, after)) {
      const was = old.get(id);
      const paths = [...new Set([...Object.keys(values), ...Object.keys(was ?? {})])];
      if (paths.some((path) => path !== "manager" && path !== "members" && values[path] !== was?.[path]))
        count += 1;
      const manager = idOfManager(values, newNames);
      // Whose manager has an account already is created with that manager.
      const comesAlong = was === undefined && manager !== undefined && old.has(manager);
      if (!comesAlong && manager !== idOfManager(was, names)) count += 1;
      const [now, then] = [members(values, newNames), members(was, names)];
      if ([...now].some((member) => !then.has(member))) count += 1;
      if ([...then].some((member) => !now.has(member))) count += 1;
    }
  }
  return count;
}

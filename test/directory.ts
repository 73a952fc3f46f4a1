/** A directory that is a few maps, with real change tracking: what a test changes shows in the next poll. */
import { z } from "zod";
import { CursorLost } from "../src/errors.ts";
import type { Json } from "../src/scim/resource.ts";
import type { Change, Page, Source, SourceDefinition, SourceRecord, View } from "../src/sources/source.ts";

interface Person {
  readonly record: Record<string, Json>;
  /** What a read says of somebody whom it does not show. */
  hidden: "not-visible" | "not-found" | undefined;
}

/** Attributes: id, login, name, mail, title, department, manager, enabled, expires (ISO), excluded. */
export class TestDirectory {
  readonly #people = new Map<string, Person>();
  readonly #groups = new Map<
    string,
    { readonly record: Record<string, Json>; readonly members: Set<string> }
  >();
  readonly #log: Change[] = [];
  /** Throws inside the next poll, after the page with this number. */
  failAfterPage: { readonly page: number; readonly error: Error } | undefined;
  /** The next poll answers with nobody and a fresh cursor. */
  answersNobody = false;
  cursorLost = false;
  assignedProblem: Error | undefined;
  pageSize = 50;
  /** For so long after somebody came, not to find them proves nothing. */
  lateMs = 0;
  /** How often everything is to be read, ms. */
  fullEveryMs: number | undefined;
  /** Polls so far, each with whether it had a cursor. */
  readonly polls: ("full" | "delta")[] = [];

  person(id: string, values: Readonly<Record<string, Json>> = {}): this {
    const before = this.#people.get(id)?.record;
    const record = { id, login: `${id}@example.com`, name: id, enabled: true, ...before, ...values };
    this.#people.set(id, { record, hidden: undefined });
    this.#log.push({ type: "present", kind: "user", id, record });
    return this;
  }

  people(prefix: string, count: number): this {
    for (let n = 0; n < count; n++) this.person(`${prefix}${String(n).padStart(4, "0")}`);
    return this;
  }

  clear(id: string, attribute: string): this {
    delete this.#people.get(id)?.record[attribute];
    this.#log.push({ type: "changed", kind: "user", id, set: {}, cleared: [attribute] });
    return this;
  }

  remove(id: string): this {
    const kind = this.#groups.has(id) ? "group" : "user";
    this.#people.delete(id);
    this.#groups.delete(id);
    for (const group of this.#groups.values()) group.members.delete(id);
    this.#log.push({ type: "absent", kind, id, evidence: "tombstone" });
    return this;
  }

  /** No poll and no read shows this person any more, and nothing says why. */
  hide(id: string, as: "not-visible" | "not-found" = "not-visible"): this {
    const person = this.#people.get(id);
    if (person !== undefined) person.hidden = as;
    return this;
  }

  group(id: string, members: readonly string[], values: Readonly<Record<string, Json>> = {}): this {
    const record = { id, name: id, ...values };
    this.#groups.set(id, { record, members: new Set(members) });
    this.#log.push({ type: "present", kind: "group", id, record });
    this.#log.push({ type: "members", group: id, mode: "listed", ids: members, last: true });
    return this;
  }

  join(group: string, ...ids: readonly string[]): this {
    for (const id of ids) this.#groups.get(group)?.members.add(id);
    this.#log.push({ type: "members", group, mode: "add", ids, last: true });
    return this;
  }

  leave(group: string, ...ids: readonly string[]): this {
    for (const id of ids) this.#groups.get(group)?.members.delete(id);
    this.#log.push({ type: "members", group, mode: "remove", ids, last: true });
    return this;
  }

  source(): Source {
    return {
      lateMs: this.lateMs,
      ...(this.fullEveryMs === undefined ? {} : { fullEveryMs: this.fullEveryMs }),
      identity: async () => "test-directory",
      poll: (cursor) => this.#poll(cursor?.text),
      read: async (kind, id) => this.#read(kind, id),
      find: async (kind, key) =>
        [...(kind === "user" ? this.#people : this.#groups).values()]
          .filter((each) => Object.values(each.record).includes(key))
          .map((each) => String(each.record["id"])),
      assigned: async (to) => {
        if (this.assignedProblem !== undefined) throw this.assignedProblem;
        if ("app" in to) return to.app === "nobody's" ? [] : [to.app];
        return to.groups.map((name) => this.#groupNamed(name) ?? name);
      },
      probe: async () => [],
      close: async () => {},
    };
  }

  #groupNamed(name: string): string | undefined {
    return [...this.#groups].find(([, { record }]) => record["name"] === name)?.[0];
  }

  async *#poll(cursor: string | undefined): AsyncIterable<Page> {
    this.polls.push(cursor === undefined ? "full" : "delta");
    if (cursor !== undefined && this.cursorLost) {
      this.cursorLost = false;
      throw new CursorLost("the directory no longer takes the cursor");
    }
    const changes = cursor === undefined ? this.#everybody() : this.#log.slice(Number(cursor));
    const end = { text: String(this.#log.length) };
    let page = 0;
    for (let at = 0; at < changes.length; at += this.pageSize) {
      yield { changes: changes.slice(at, at + this.pageSize) };
      page += 1;
      if (this.failAfterPage?.page === page) throw this.failAfterPage.error;
    }
    yield { changes: [], cursor: end };
  }

  #everybody(): Change[] {
    if (this.answersNobody) return [];
    const people = [...this.#people].filter(([, each]) => each.hidden === undefined);
    return [
      ...people.map(([id, { record }]): Change => ({ type: "present", kind: "user", id, record })),
      ...[...this.#groups].flatMap(([id, { record, members }]): Change[] => [
        { type: "present", kind: "group", id, record },
        { type: "members", group: id, mode: "listed", ids: [...members], last: true },
      ]),
    ];
  }

  #read(kind: "user" | "group", id: string): Change[] {
    const group = this.#groups.get(id);
    if (kind === "group" && group !== undefined) {
      return [
        { type: "present", kind, id, record: group.record },
        { type: "members", group: id, mode: "listed", ids: [...group.members], last: true },
      ];
    }
    const person = this.#people.get(id);
    if (person === undefined) return [{ type: "absent", kind, id, evidence: "not-found" }];
    if (person.hidden !== undefined) return [{ type: "absent", kind, id, evidence: person.hidden }];
    return [{ type: "present", kind, id, record: person.record }];
  }
}

const text = { type: "string", description: "text" } as const;

export const directoryDefinition: SourceDefinition = {
  type: "test",
  title: "test directory",
  settings: z.unknown(),
  attributes: {
    user: {
      id: text,
      login: text,
      name: text,
      mail: text,
      title: text,
      department: text,
      manager: { type: "reference", description: "id of the manager" },
      enabled: { type: "boolean", description: "may log in" },
    },
    group: { id: text, name: text },
  },
  openSchema: false,
  includes: { robots: "service accounts" },
  mapping: new URL("./world-mapping.yaml", import.meta.url),
  view: viewOf,
  open: () => {
    throw new Error("opened by the world");
  },
};

function viewOf(_kind: "user" | "group", record: SourceRecord, now: number): View {
  const expires = typeof record["expires"] === "string" ? Date.parse(record["expires"]) : undefined;
  const expired = expires !== undefined && expires <= now;
  const enabled = record["enabled"] !== false && !expired;
  return {
    attributes: { ...record, enabled },
    ...(expires !== undefined && !expired ? { dueAt: expires } : {}),
    ...(enabled ? {} : { disabled: expired ? "account expired" : "disabled in the directory" }),
    ...(expired ? { disabledAt: expires } : {}),
    ...(record["excluded"] === true ? { excluded: { key: "robots", reason: "a service account" } } : {}),
  };
}

import type { Change } from "../../../src/sources/source.ts";
import type { SimulationEvent } from "../world/events.ts";
import type { Process, Written } from "../world/process.ts";

/** What one process was told in its read: group and member -> whether that is so. */
type Told = Map<string, { readonly group: string; readonly member: string; readonly is: boolean }>;

/** Memberships of the directory: those that a read told, and those that reached the disk. */
export class WrittenEdges {
  readonly #told = new Map<Process, Told>();
  readonly #rows = new Map<string, number>();
  #written: ReadonlySet<string> = new Set();
  #kept: ReadonlySet<string> = new Set();

  hear(event: SimulationEvent): void {
    if (event.type === "state kept") this.#kept = this.#written;
    if (event.type === "state restored") this.#written = this.#kept;
    if (event.type === "poll") this.#told.set(event.cycle.process, new Map());
    const told =
      event.type === "page" || event.type === "read one" ? this.#told.get(event.cycle.process) : undefined;
    if (event.type === "page") for (const change of event.changes) note(told, change);
    // Asked for by its id, the directory may say something else by now.
    if (event.type === "read one") forget(told, event.id);
    if (event.type === "durable") this.#take(event.written);
  }

  /** What a process was told of memberships between groups and people whose records it wrote down, and is not on the disk like that. */
  lost(process: Process): readonly string[] {
    return [...(this.#told.get(process)?.values() ?? [])]
      .filter(({ group, member, is }) => {
        const [grp, usr] = [this.#rows.get(group), this.#rows.get(member)];
        return grp !== undefined && usr !== undefined && this.#written.has(`${grp} ${usr}`) !== is;
      })
      .map(({ group, member }) => `${member} in ${group}`);
  }

  #take(written: readonly Written[]): void {
    const edges = new Set(this.#written);
    for (const { sql, parameters } of written) {
      if (/^\s*insert into wide \(id, record\b/.test(sql)) this.#takeRow(parameters);
      const edge = `${parameters[0]} ${parameters[1]}`;
      if (sql.startsWith("insert or ignore into edge ")) edges.add(edge);
      if (sql.startsWith("delete from edge ")) edges.delete(edge);
    }
    this.#written = edges;
  }

  /** A record by itself, or together with what follows from it. */
  #takeRow([given, text]: readonly unknown[]): void {
    const named = given as { readonly id: number; readonly record: string };
    const { id } = JSON.parse(String(text ?? named.record)) as { readonly id: string };
    this.#rows.set(id, Number(text === undefined ? named.id : given));
  }
}

function note(told: Told | undefined, change: Change): void {
  if (change.type === "absent") forget(told, change.id);
  if (change.type !== "members") return;
  for (const member of change.ids)
    told?.set(`${change.group} ${member}`, { group: change.group, member, is: change.mode !== "remove" });
}

function forget(told: Told | undefined, id: string): void {
  for (const [key, { group, member }] of told ?? []) if (group === id || member === id) told?.delete(key);
}

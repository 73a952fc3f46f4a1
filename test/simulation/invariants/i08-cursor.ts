import type { Change } from "../../../src/sources/source.ts";
import type { Process, Written } from "../world/process.ts";
import type { Invariant } from "./invariant.ts";
import { movesCursor } from "./knowledge.ts";
import { WrittenEdges } from "./written-edges.ts";

/** What one process was told in its read. */
interface Told {
  readonly records: Map<string, string>;
  end: string | undefined;
}

export const cursorWithRows: Invariant = {
  id: "I8",
  sentence: "the cursor moves only together with, or after, the rows of a complete read",
  watch({ broken }) {
    const told = new Map<Process, Told>();
    let written = new Map<string, string>();
    let kept = written;
    const edges = new WrittenEdges();
    return (event) => {
      edges.hear(event);
      if (event.type === "state kept") kept = new Map(written);
      if (event.type === "state restored") written = new Map(kept);
      if (event.type === "poll") told.set(event.cycle.process, { records: new Map(), end: undefined });
      if (event.type === "page") {
        const reading = told.get(event.cycle.process);
        for (const change of event.changes) note(reading, change);
        if (reading !== undefined && event.cursor !== undefined) reading.end = event.cursor;
      }
      if (event.type !== "durable") return;
      for (const [id, record] of recordsIn(event.written)) written.set(id, record);
      const cursor = cursorIn(event.written);
      if (cursor === undefined) return;
      const reading = told.get(event.process);
      if (reading?.end !== cursor) broken(`the cursor is ${cursor}, and the read ended with ${reading?.end}`);
      for (const [id, record] of reading?.records ?? [])
        if (written.get(id) !== record)
          broken(`the cursor is ${cursor}, and what was said of ${id} is not written down`);
      for (const lost of edges.lost(event.process))
        broken(`the cursor is ${cursor}, and what was said of ${lost} is not written down`);
    };
  },
};

function note(reading: Told | undefined, change: Change): void {
  if (change.type === "present") reading?.records.set(change.id, sorted(change.record));
  else if (change.type !== "members") reading?.records.delete(change.id);
}

function recordsIn(written: readonly Written[]): readonly (readonly [id: string, record: string])[] {
  return written
    .filter(({ sql }) => /^\s*insert into wide \(id, record\b/.test(sql))
    .map(({ parameters: [given, text] }) =>
      // By itself, or together with what follows from it.
      String(text ?? (given as { readonly record: string }).record),
    )
    .map((text) => JSON.parse(text) as Record<string, unknown>)
    .map((record) => [String(record["id"]), sorted(record)]);
}

function cursorIn(written: readonly Written[]): string | undefined {
  const moved = written.findLast(({ sql }) => movesCursor(sql));
  return moved === undefined ? undefined : (moved.parameters[0] as { readonly text: string }).text;
}

function sorted(record: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

import type { AuditEntry } from "../../../src/store/audit.ts";
import { type AuditRow, auditRowsIn } from "./attempts.ts";
import type { Invariant } from "./invariant.ts";

export const auditWhole: Invariant = {
  id: "I18",
  sentence:
    "the audit trail verifies and holds every attempt and outcome; no log line holds a value of a person",
  watch({ world, broken }) {
    let written = new Map<number, AuditRow>();
    let kept = written;
    return (event) => {
      if (event.type === "state kept") kept = new Map(written);
      if (event.type === "state restored") written = new Map(kept);
      if (event.type === "durable") for (const row of auditRowsIn(event.written)) written.set(row.seq, row);
      if (event.type === "log") {
        const named = world.directory.people.find((person) =>
          valuesOf(person).some((value) => event.text.includes(value)),
        );
        if (named !== undefined) broken(`a log line names a value of ${named.id}: ${event.text}`);
      }
      if (event.type !== "audit") return;
      if (event.firstBreak !== undefined) broken(`entry ${event.firstBreak} does not fit the one before it`);
      for (const lost of lostFrom(event.entries, written)) broken(lost);
    };
  },
};

function valuesOf({
  name,
  mail,
  login,
}: {
  name: string;
  mail: string | undefined;
  login: string;
}): readonly string[] {
  return [name, login, ...(mail === undefined ? [] : [mail])];
}

function* lostFrom(entries: readonly AuditEntry[], written: ReadonlyMap<number, AuditRow>): Iterable<string> {
  const shown = new Map(entries.map((entry) => [entry.seq, entry]));
  for (const row of written.values()) {
    if (row.event === "outcome") {
      const attempt = shown.get(row.attempt ?? 0);
      if (attempt?.outcome === null)
        yield `the outcome of attempt ${row.attempt} was written down and is not shown`;
      continue;
    }
    const entry = shown.get(row.seq);
    if (entry?.action !== row.action || entry.sourceId !== row.sourceId)
      yield `${row.event} ${row.seq} (${row.action} ${row.sourceId}) was written down and is not shown`;
  }
}

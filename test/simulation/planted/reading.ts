import type { PlantedBug } from "./planted.ts";

const cursorFirst: PlantedBug["edits"] = [
  {
    file: "sync/read.ts",
    replace: `    stage.page(page.changes);
    work.progress({ step: "read", done: stage.counts.users + stage.counts.groups });
    if (page.cursor !== undefined) return page.cursor;`,
    by: `    pages.push(page.changes);
    if (page.cursor === undefined) continue;
    const { run, selection, judge, store } = work;
    store.finish(stage, { run, read: "delta", cursor: page.cursor, selection }, judge);
    for (const changes of pages) stage.page(changes);
    return page.cursor;`,
  },
  {
    file: "sync/read.ts",
    replace: `  for await (const page of told(work, cursor)) {`,
    by: `  const pages = [];
  for await (const page of told(work, cursor)) {`,
  },
];

/** Bugs in what is concluded from a read. */
export const bugsOfReading: readonly PlantedBug[] = [
  {
    name: "cursor first",
    sentence: "the cursor is stored before the rows that were read up to it",
    breaks: ["I8"],
    edits: cursorFirst,
  },
  {
    name: "added members are lost",
    sentence: "who a read says has come into a group is not written down",
    breaks: ["I8"],
    edits: [
      {
        file: "store/stage.ts",
        replace: `    const statement = mode === "remove" ?`,
        by: `    const statement = mode !== "listed" ?`,
      },
    ],
  },
  {
    name: "cursor first at every point",
    sentence: "the cursor is stored before the rows, and the process dies at every single point",
    breaks: ["I11"],
    seeds: [500, 1_000, 1_500, 2_000],
    edits: cursorFirst,
  },
  {
    name: "no evidence of absence",
    sentence: "whom a full read does not name counts as deleted",
    breaks: ["I5"],
    edits: [
      {
        file: "sync/read.ts",
        replace: `changes: await source.read(kind, sourceId, signal) };`,
        by: `changes: [{ type: "absent", kind, id: sourceId, evidence: "tombstone" }] };`,
      },
    ],
  },
  {
    name: "no periodic full read",
    sentence: "what a read once left out is never asked for again",
    breaks: ["I2", "I3", "I4"],
    edits: [
      {
        file: "sync/read.ts",
        replace: `>= fullEveryMs)`,
        by: `>= Number.POSITIVE_INFINITY)`,
      },
    ],
  },
  {
    name: "lost cursor for ever",
    sentence: "after a cursor that the directory no longer takes, the same is asked again",
    breaks: ["I21"],
    edits: [
      {
        file: "sync/read.ts",
        replace: `    return readFrom(work, undefined, error.message);`,
        by: `    return read(work, options);`,
      },
    ],
  },
  {
    name: "old values stay",
    sentence: "what the mapping makes of a record is written down once and never again",
    breaks: ["I13"],
    edits: [
      {
        file: "store/write-judgement.ts",
        replace: `update wide set body = :body, on_create = :onCreate where`,
        by: `update wide set body = coalesce(body, :body), on_create = :onCreate where`,
      },
      {
        file: "store/write-judgement.ts",
        replace: `set record = excluded.record, body = excluded.body, on_create = excluded.on_create`,
        by: `set record = excluded.record, body = coalesce(body, excluded.body), on_create = excluded.on_create`,
      },
    ],
  },
];

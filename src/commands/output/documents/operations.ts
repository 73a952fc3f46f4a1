/** Documents of the commands that change how a connection goes on. */
import { z } from "../../../zod.ts";
import {
  count,
  counts,
  holdClass,
  kind,
  orphan,
  pause,
  quarantineOrNull,
  run,
  text,
  textOrNull,
  time,
  undoItem,
  yesNo,
} from "./parts.ts";

const failure = z.strictObject({ kind, label: text, sourceId: text, action: text, message: text });
const perConnection = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.array(z.strictObject({ connection: text, ...shape }));

export const operationDocuments = {
  Connections: {
    from: "connection",
    summary: "the connections of the configuration, and state files that belong to none of them",
    fields: {
      connections: z.array(
        z.strictObject({ name: text, source: text, target: text, mode: z.enum(["sync", "dry-run"]) }),
      ),
      orphans: z.array(orphan),
    },
  },
  ConnectionRename: {
    from: "connection rename",
    summary: "a connection under another name",
    fields: { from: text, to: text, linked: count, hasBlank: yesNo, aside: textOrNull, done: yesNo },
  },
  ConnectionRetire: {
    from: "connection retire",
    summary: "a connection that ends",
    fields: {
      connection: text,
      way: z.enum(["release", "deactivate"]),
      activeAccounts: count.optional(),
      released: count.optional(),
      targets: z.array(text).optional(),
      file: textOrNull.optional(),
      done: yesNo,
    },
  },
  Undo: {
    from: "undo",
    summary: "what undoing a run would do, or did",
    fields: {
      connection: text,
      run,
      undone: run,
      done: yesNo,
      applied: counts,
      failures: z.array(failure),
      unknown: count,
      over: z.array(z.strictObject({ class: holdClass, message: text })),
      items: z.array(undoItem),
    },
  },
  Transfer: {
    from: "transfer",
    summary: "people who go from one connection to another",
    fields: {
      from: text,
      to: text,
      target: text,
      moves: z.array(z.strictObject({ kind, label: text, targetId: textOrNull, from: text, to: text })),
      staying: z.array(z.strictObject({ kind, label: text, why: text })),
      leftGroups: z.array(text),
      done: yesNo,
    },
  },
  DaemonReload: {
    from: "daemon reload",
    summary: "which configuration the daemon works by",
    fields: { file: text, digest: text, changed: yesNo, connections: count },
  },
  DaemonCheck: {
    from: "daemon check",
    summary: "the daemon that runs, and whether its clocks move on",
    fields: { pid: count, alive: yesNo },
  },
  DaemonStop: {
    from: "daemon stop",
    summary: "the daemon that ends",
    fields: { pid: count },
  },
  Pause: {
    from: "pause",
    summary: "connections that write nothing until resume",
    fields: { connections: perConnection({ isNew: yesNo, running: run.nullable(), pause }) },
  },
  Resume: {
    from: "resume",
    summary: "connections that write again, and the pause that is over",
    fields: { connections: perConnection({ was: pause }) },
  },
  Quarantine: {
    from: "quarantine",
    summary: "which connections wait for a person to mend something",
    fields: { at: time, connections: perConnection({ quarantine: quarantineOrNull }) },
  },
  Release: {
    from: "quarantine release",
    summary: "connections that were let out, and what they were in for",
    fields: { connections: perConnection({ was: quarantineOrNull }) },
  },
  Retry: {
    from: "retry",
    summary: "how much is tried again",
    fields: {
      object: textOrNull,
      connections: perConnection({ objects: count, parts: count, values: count, note: text.optional() }),
    },
  },
  Reset: {
    from: "reset",
    summary: "what was forgotten",
    fields: { connection: text, what: z.enum(["cursor", "links"]), links: count, done: yesNo },
  },
} as const;

import type { Config, ConnectionConfig, NamedSection } from "../config/config.ts";
import { compileExpression, type Language } from "../mapping/expression.ts";

type Facts = Readonly<Record<string, unknown>>;

/** Settings of sources and targets whose text is a choice of a few words, and tells nothing of anybody. */
const tellable: ReadonlySet<string> = new Set([
  "cloud",
  "profile",
  "update",
  "paging",
  "staged",
  "provisioned",
]);

/**
 * The configuration for somebody who helps from afar: which settings there are, and their value where it is a number, a yes or no, or one of a few
 * words. Never an address, name, path, id, secret, or text out of an expression.
 */
export function redactedConfig(config: Config): Facts {
  const { audit, connections } = config;
  return {
    digest: config.digest,
    audit: { keepMs: audit.keepMs ?? null, syslog: audit.syslog?.transport ?? null },
    daemon: config.daemon,
    connections: connections.map(connectionFacts),
  };
}

function connectionFacts(connection: ConnectionConfig): Facts {
  const { name, source, target, mapping, scope, policy, limits, retry, protect, pilot, canary, ...rest } =
    connection;
  const { groups, ...decided } = policy;
  const { link, ...pushed } = groups;
  return {
    name,
    mode: rest.mode,
    everyMs: rest.everyMs,
    reconcileEveryMs: rest.reconcileEveryMs ?? null,
    windows: rest.windows?.patterns ?? null,
    source: sectionFacts(source),
    target: sectionFacts(target),
    mapping: mapping === undefined ? "default" : { lines: mapping.text.split("\n").length },
    scope: {
      users: expressionFacts(scope.users?.text, "user"),
      groups: expressionFacts(scope.groups?.text, "group"),
      include: scope.include,
      assigned: scope.assigned === undefined ? null : "app" in scope.assigned ? "app" : "groups",
    },
    pilot: pilot === undefined ? null : { groups: pilot.groups.length, users: pilot.users.length },
    policy: { ...decided, groups: { ...pushed, links: Object.keys(link ?? {}).length } },
    limits,
    retry,
    protect: { users: protect.users.length, groups: protect.groups.length },
    privilegedGroups: rest.privilegedGroups.length,
    canary: canary !== undefined,
  };
}

function sectionFacts({ type, settings }: NamedSection): Facts {
  return { type, settings: redacted(settings) };
}

/** Of an expression only how long it is and which attributes it reads: whatever else stands in it may tell something. Null reads: it does not compile. */
function expressionFacts(text: string | undefined, variable: Language["variable"]): Facts | null {
  if (text === undefined) return null;
  const { expression } = compileExpression(text, { variable, attributes: {}, openSchema: true });
  const reads = expression?.reads.map((name) => (/^[A-Za-z_]\w{0,63}$/.test(name) ? name : "(text)"));
  return { length: text.length, reads: reads ?? null };
}

function redacted(value: unknown, key = ""): unknown {
  if (typeof value === "string") return tellable.has(key) && /^[a-z-]{1,20}$/.test(value) ? value : "(text)";
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => redacted(each));
  // A key of a free name, as those of header lines, may tell something too.
  const isNamedFreely = key === "headers";
  return Object.fromEntries(
    Object.entries(value).map(([name, each], at) => [
      isNamedFreely ? `(${at + 1})` : name,
      redacted(each, name),
    ]),
  );
}

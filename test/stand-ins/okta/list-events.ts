import type { ApiAnswer, ApiRequest } from "./api-request.ts";
import { badLog, logFilter } from "./dialects.ts";
import { compile } from "./expression.ts";
import { validationFailed } from "./okta-error.ts";
import { limitOf, links } from "./paging.ts";
import { dayMs, type LogEvent, retentionMs } from "./system-log.ts";

/** What a cursor of the log holds: where the query began (milliseconds since 1970), and the place behind which to go on. */
interface Place {
  readonly since: number;
  readonly after: string | undefined;
}

type Row = readonly [place: string, event: LogEvent];

const longestKeyword = 40;

/**
 * `GET /api/v1/logs`. Without `until` and ascending it is polled: by persistence, and a next link always comes.
 * Otherwise it is a bounded query: by the time of the event, finite, and events that come late are missing.
 */
export function listEvents(request: ApiRequest): ApiAnswer {
  const { query, directory, now, fault } = request;
  const limit = limitOf(query, { standard: 100, least: 0, most: 1000 });
  const order = query.get("sortOrder") ?? "ASCENDING";
  if (order !== "ASCENDING" && order !== "DESCENDING") throw validationFailed("sortOrder");
  const until = timeOf(query, "until");
  const from = placeOf(request, until ?? now);
  const fits = wanted(query);
  const polled = until === undefined && order === "ASCENDING";
  const rows = polled
    ? directory.log.persisted(from.since, from.after)
    : bounded(directory.log.published(from.since, until ?? now + 1), order, from.after);
  const found: Row[] = [];
  let more = false;
  // A polling reader goes on behind everything it has looked at, also what its filter left out.
  let seen = from.after;
  for (const row of fault?.how === "empty page" ? [] : rows) {
    if (found.length >= Math.min(limit, request.mostOnPage)) {
      more = true;
      break;
    }
    seen = row[0];
    if (fits(row[1])) found.push(row);
  }
  if (fault?.how === "repeat" && found.length > 1) seen = found.at(-2)?.[0];
  const goesOn = polled || more || fault?.how === "empty page";
  const next = goesOn ? seal(request, { since: from.since, after: seen }) : undefined;
  const parameters = new URLSearchParams(query);
  if (next !== undefined) parameters.delete("since");
  const [self = ""] = links(request, limit, undefined);
  const [, forward] = links({ ...request, query: parameters }, limit, next);
  return {
    headers: { link: forward === undefined ? [self] : [self, forward] },
    body: found.map(([, event]) => event),
  };
}

function bounded(events: readonly LogEvent[], order: string, after: string | undefined): Row[] {
  const rows = (order === "ASCENDING" ? events : events.toReversed()).map(
    (event): Row => [event.uuid, event],
  );
  return rows.slice(rows.findIndex(([place]) => place === after) + 1);
}

/** `since` and `after` exclude each other; without both a query begins seven days before its end. */
function placeOf({ query, cursors, path, now }: ApiRequest, end: number): Place {
  const after = query.get("after");
  const since = timeOf(query, "since");
  if (after !== null) {
    if (since !== undefined) throw validationFailed("since and after may not be used together");
    const place = JSON.parse(cursors.open(identity(path, query), after)) as { since: number; after?: string };
    return { since: place.since, after: place.after };
  }
  if (since !== undefined && since < now - 2 * retentionMs)
    throw badLog("Invalid parameter: The since parameter is over 180 days prior to the current day.");
  return { since: Math.max(since ?? end - 7 * dayMs, now - retentionMs), after: undefined };
}

function seal({ query, cursors, path }: ApiRequest, place: Place): string {
  return cursors.seal(identity(path, query), JSON.stringify(place));
}

function identity(path: string, query: URLSearchParams): string {
  const loose = ["after", "limit", "since"];
  return `${path}?${new URLSearchParams([...query].filter(([name]) => !loose.includes(name)).sort())}`;
}

function timeOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text)) {
    const why =
      "The date format in your query is not recognized. Please enter dates using ISO8601 string format.";
    const rule = "must be a valid date-time or empty.";
    throw validationFailed(`'${name}': ${why} '${name}': ${rule}`, [`${name}: ${why}`, `${name}: ${rule}`]);
  }
  return Date.parse(text);
}

function wanted(query: URLSearchParams): (event: LogEvent) => boolean {
  const words = (query.get("q") ?? "").split(/\s+/).filter((word) => word !== "");
  if (words.some((word) => word.length > longestKeyword))
    throw validationFailed(
      "'q': Freeform search cannot contain items longer than 40 characters. Please shorten the items in your search or use an advanced filter to query by specific fields.",
    );
  const filter = query.get("filter");
  const fits = filter === null ? () => true : compile(filter, logFilter(filter), readEvent);
  return (event) => {
    if (!fits(event)) return false;
    if (words.length === 0) return true;
    const text = JSON.stringify(event).toLowerCase();
    return words.every((word) => text.includes(word.toLowerCase()));
  };
}

/** Follows the dots; where there is a list, the values of all its entries. */
function readEvent(event: LogEvent, property: string): unknown {
  let values: unknown[] = [event];
  for (const name of property.split(".")) {
    values = values.flat().flatMap((value) => (value as Record<string, unknown> | null)?.[name] ?? []);
  }
  return values;
}

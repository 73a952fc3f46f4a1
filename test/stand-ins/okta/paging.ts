import type { Cursors } from "./cursors.ts";
import type { Fault } from "./faults.ts";
import { validationFailed } from "./okta-error.ts";

export interface Paged {
  /** Origin of the organisation, without a slash at its end. */
  readonly origin: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly cursors: Cursors;
  readonly fault: Fault | undefined;
  /** Entries on any page at most, whatever was asked for. */
  readonly mostOnPage: number;
}

export interface Page {
  readonly headers: { readonly link: readonly string[] };
  readonly body: readonly unknown[];
}

export interface Sizes {
  readonly standard: number;
  readonly least?: number;
  readonly most: number;
}

/** Rows in order, from behind a place. */
export type Rows<T> = (after: string | undefined) => Iterable<readonly [place: string, row: T]>;

/** The `limit` of a request; out of bounds is refused, not corrected. */
export function limitOf(query: URLSearchParams, { standard, least = 1, most }: Sizes): number {
  const text = query.get("limit");
  if (text === null) return standard;
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < least || limit > most)
    throw validationFailed("limit", [`limit: must be from ${least} to ${most}`]);
  return limit;
}

/** One page of a list, with Link headers to itself and, while there is more, to the next. */
export function pageOf<T>(request: Paged, limit: number, rows: Rows<T>, show: (row: T) => unknown): Page {
  const query = identityOf(request);
  const cursor = request.query.get("after");
  const from = cursor === null ? undefined : startOf(request.cursors.open(query, cursor));
  const found: (readonly [string, T])[] = [];
  if (request.fault?.how === "empty page")
    return { headers: { link: links(request, limit, sealed(request, query, from)) }, body: [] };
  let more = false;
  for (const row of rows(from)) {
    if (found.length >= Math.min(limit, request.mostOnPage)) {
      more = true;
      break;
    }
    found.push(row);
  }
  const back = request.fault?.how === "repeat" && found.length > 1 ? 2 : 1;
  const last = found.at(-back)?.[0] ?? from;
  const next = more && request.fault?.how !== "last page" ? sealed(request, query, last) : undefined;
  return { headers: { link: links(request, limit, next) }, body: found.map(([, row]) => show(row)) };
}

/** What a cursor is bound to: path and query without limit and cursor. */
function identityOf({ path, query }: Paged): string {
  const rest = [...query].filter(([name]) => name !== "after" && name !== "limit").sort();
  return `${path}?${new URLSearchParams(rest)}`;
}

export function links(
  { origin, path, query }: Paged,
  limit: number,
  next: string | undefined,
): readonly string[] {
  const url = (change: (parameters: URLSearchParams) => void): string => {
    const parameters = new URLSearchParams(query);
    parameters.set("limit", String(limit));
    change(parameters);
    return `${origin}${path}?${parameters}`;
  };
  const self = `<${url(() => {})}>; rel="self"`;
  if (next === undefined) return [self];
  return [self, `<${url((parameters) => parameters.set("after", next))}>; rel="next"`];
}

/** The start of a list has a place too, which an empty first page needs. */
const start = "start";

function sealed({ cursors }: Paged, query: string, place: string | undefined): string {
  return cursors.seal(query, place ?? start);
}

function startOf(place: string): string | undefined {
  return place === start ? undefined : place;
}

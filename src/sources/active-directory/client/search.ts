import { type Control, type Filter, PagedResultsControl, SearchRequest } from "ldapts";
import { ConnectionError, ProtocolError } from "../../../errors.ts";
import type { Entry } from "./entry.ts";
import { type Outcome, resultCode, searchFailed } from "./result-code.ts";
import type { Wire } from "./wire.ts";

export interface Search {
  readonly base: string;
  readonly scope: "base" | "one" | "sub";
  readonly filter: Filter;
  readonly attributes: readonly string[];
  readonly controls?: readonly Control[];
  /** For messages: "reading people below DC=corp,DC=example". */
  readonly what: string;
}

/** A bound connection, as far as searching needs it. */
export interface Searchable {
  readonly wire: Wire;
  readonly host: string;
}

/** Empty pages in a row after which a server is not believed any more. */
const MOST_EMPTY_PAGES = 1000;

/**
 * Sends one search and yields its entries as they come, many at a time; returns how it ended, whatever that is: the caller decides.
 * References to other domains are not followed.
 */
export function searchOnce(
  { wire }: Searchable,
  search: Search,
  signal: AbortSignal,
): AsyncGenerator<readonly Entry[], Outcome> {
  return wire.stream((messageId) => request(messageId, search), signal);
}

/**
 * Everything that a search finds, page by page. It ends only on result 0 with an empty paging cookie (RFC 2696: an empty page is
 * not the last one); anything else throws, so that a shorter list is never taken for a complete one.
 */
export async function* searchPages(
  from: Searchable,
  search: Search,
  pageSize: number,
  signal: AbortSignal,
): AsyncGenerator<readonly Entry[]> {
  let cookie = Buffer.alloc(0);
  let emptyPages = 0;
  do {
    const { entries, outcome } = await collectPage(from, search, pageSize, signal, cookie);
    if (outcome.code !== resultCode.success) throw searchFailed(from.host, search.what, outcome);
    cookie = nextCookie(from.host, search.what, outcome);
    emptyPages = entries.length === 0 ? emptyPages + 1 : 0;
    if (emptyPages > MOST_EMPTY_PAGES) {
      throw new ConnectionError(`${from.host}: ${search.what} goes on for ever with empty pages`);
    }
    if (entries.length > 0) yield entries;
  } while (cookie.length > 0);
}

/** A search with a small answer (one object, a handful). Codes in `tolerated` give an empty answer instead of an error. */
export async function searchSome(
  from: Searchable,
  search: Search,
  signal: AbortSignal,
  tolerated: readonly number[] = [],
): Promise<readonly Entry[]> {
  const { entries, outcome } = await collect(from, search, signal);
  if (outcome.code === resultCode.success) return entries;
  if (tolerated.includes(outcome.code)) return [];
  throw searchFailed(from.host, search.what, outcome);
}

/** One page, and how it ended, for whoever has to tell codes apart. An empty cookie asks for the first one. */
export async function collectPage(
  from: Searchable,
  search: Search,
  pageSize: number,
  signal: AbortSignal,
  cookie: Buffer = Buffer.alloc(0),
): Promise<{ readonly entries: readonly Entry[]; readonly outcome: Outcome }> {
  const paging = new PagedResultsControl({ critical: true, value: { size: pageSize, cookie } });
  return await collect(from, { ...search, controls: [...(search.controls ?? []), paging] }, signal);
}

async function collect(
  from: Searchable,
  search: Search,
  signal: AbortSignal,
): Promise<{ readonly entries: readonly Entry[]; readonly outcome: Outcome }> {
  const entries: Entry[] = [];
  const answer = searchOnce(from, search, signal);
  for (;;) {
    const next = await answer.next();
    if (next.done === true) return { entries, outcome: next.value };
    for (const entry of next.value) entries.push(entry);
  }
}

function nextCookie(host: string, what: string, outcome: Outcome): Buffer<ArrayBuffer> {
  const paging = outcome.controls.find((control) => control instanceof PagedResultsControl);
  const cookie = paging?.value?.cookie;
  if (cookie === undefined) {
    throw new ProtocolError(`${host}: ${what} was not answered page by page: nothing proves it complete`, {
      hint: "is this a domain controller? Its answers lack the paging control (RFC 2696)",
    });
  }
  // Copied: what came is a view into a large network buffer.
  return Buffer.from(cookie);
}

function request(messageId: number, search: Search): SearchRequest {
  return new SearchRequest({
    messageId,
    baseDN: search.base,
    scope: search.scope,
    filter: search.filter,
    attributes: [...search.attributes],
    controls: [...(search.controls ?? [])],
    // No limits of ours (the library's default would stop every search after ten seconds of the server's time).
    sizeLimit: 0,
    timeLimit: 0,
  });
}

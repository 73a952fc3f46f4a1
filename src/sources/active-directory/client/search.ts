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
 * Everything that a search finds, asked for page by page and handed on as it comes. It ends only on result 0 with an empty paging cookie
 * (RFC 2696: an empty page is not the last one); anything else throws, so that a shorter list is never taken for a complete one.
 * Leaving early closes the connection.
 */
export async function* searchPages(
  from: Searchable,
  search: Search,
  pageSize: number,
  signal: AbortSignal,
): AsyncGenerator<readonly Entry[]> {
  const place = new Place(from.host, search.what);
  while (!place.isEnd) {
    const answer = searchOnce(from, paged(search, pageSize, place.cookie), signal);
    let found = 0;
    try {
      for (let next = await answer.next(); ; next = await answer.next()) {
        if (next.done === true) {
          place.move(found, next.value);
          break;
        }
        found += next.value.length;
        yield next.value;
      }
    } finally {
      await answer.return({ code: resultCode.success, diagnostic: "", controls: [] });
    }
  }
}

/** The first page on which there is anybody; empty where there is nobody at all. */
export async function firstPage(
  from: Searchable,
  search: Search,
  pageSize: number,
  signal: AbortSignal,
): Promise<readonly Entry[]> {
  const place = new Place(from.host, search.what);
  while (!place.isEnd) {
    const { entries, outcome } = await collectPage(from, search, pageSize, signal, place.cookie);
    place.move(entries.length, outcome);
    if (entries.length > 0) return entries;
  }
  return [];
}

/** How far a search came that is asked for page by page. */
class Place {
  readonly #host: string;
  readonly #what: string;
  #emptyPages = 0;
  cookie = Buffer.alloc(0);
  isEnd = false;

  constructor(host: string, what: string) {
    this.#host = host;
    this.#what = what;
  }

  move(found: number, outcome: Outcome): void {
    if (outcome.code !== resultCode.success) throw searchFailed(this.#host, this.#what, outcome);
    this.cookie = nextCookie(this.#host, this.#what, outcome);
    this.isEnd = this.cookie.length === 0;
    this.#emptyPages = found === 0 ? this.#emptyPages + 1 : 0;
    if (this.#emptyPages > MOST_EMPTY_PAGES)
      throw new ConnectionError(`${this.#host}: ${this.#what} goes on for ever with empty pages`);
  }
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
  return await collect(from, paged(search, pageSize, cookie), signal);
}

function paged(search: Search, size: number, cookie: Buffer): Search {
  const paging = new PagedResultsControl({ critical: true, value: { size, cookie } });
  return { ...search, controls: [...(search.controls ?? []), paging] };
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

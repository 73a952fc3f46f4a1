import type { IncomingHttpHeaders } from "node:http";
import type { Directory } from "./directory.ts";
import type { Paged } from "./paging.ts";

/** A request that was let in. */
export interface ApiRequest extends Paged {
  readonly headers: IncomingHttpHeaders;
  readonly directory: Directory;
  /** What stands in the path in place of {id}. */
  readonly ids: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface ApiAnswer {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body: unknown;
}

/** Look-ups whose value a service refuses to filter by: answered from its whole list, where that is small. */
import type { Clock } from "../../clock.ts";
import { ConnectionError } from "../../errors.ts";
import type { StoredResource } from "../../scim/resource.ts";

/** Beyond this a service is asked for its list once, and never again. */
export const mostResources = 2_000;
/** Lists that are read for one opened target: who needs more has a service that refuses everything. */
const mostReads = 100;
const longestKeptMs = 5_000;

/** Reads the list page by page; `onEnd` says whether the service showed all that it holds. */
export type ReadList = (
  onEnd: (complete: boolean) => void,
  signal: AbortSignal,
) => AsyncIterable<StoredResource>;

interface Kept {
  readonly at: number;
  readonly resources: Promise<readonly StoredResource[] | undefined>;
}

export class WholeList {
  readonly #read: ReadList;
  readonly #clock: Clock;
  readonly #keptMs: number;
  readonly #service: string;
  #kept: Kept | undefined;
  #reads = 0;
  #isLarge = false;

  /** A list is kept for a fraction of the settle time only: a call without an answer, of an earlier run too, may take effect meanwhile. */
  constructor(
    read: ReadList,
    about: { readonly clock: Clock; readonly settleMs: number; readonly service: string },
  ) {
    this.#read = read;
    this.#clock = about.clock;
    this.#service = about.service;
    this.#keptMs = Math.min(longestKeptMs, about.settleMs / 10);
  }

  /** Everything that the service holds now; undefined when that is too much to look through. Look-ups of one moment share one reading. */
  async all(signal: AbortSignal): Promise<readonly StoredResource[] | undefined> {
    if (this.#kept !== undefined && this.#clock.now() - this.#kept.at < this.#keptMs)
      return this.#kept.resources;
    if (this.#isLarge || this.#reads >= mostReads) return undefined;
    this.#reads += 1;
    const kept: Kept = { at: this.#clock.now(), resources: this.#readAll(signal) };
    this.#kept = kept;
    try {
      return await kept.resources;
    } catch (error) {
      if (this.#kept === kept) this.#kept = undefined;
      throw error;
    }
  }

  /** Before and after every write: what was read no longer holds. */
  forget(): void {
    this.#kept = undefined;
  }

  async #readAll(signal: AbortSignal): Promise<readonly StoredResource[] | undefined> {
    const found: StoredResource[] = [];
    let isComplete = true;
    const list = this.#read((complete) => {
      isComplete = complete;
    }, signal);
    for await (const each of list) {
      found.push(each);
      if (found.length <= mostResources) continue;
      this.#isLarge = true;
      return undefined;
    }
    // "Nobody" from half a list would make a second account.
    if (!isComplete)
      throw new ConnectionError(
        `${this.#service} refuses a filter and does not show all that it holds either`,
        {
          hint: "its paging is broken: set list.paging under quirks, or match by another attribute",
        },
      );
    return found;
  }
}

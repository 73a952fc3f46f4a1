import { EqualityFilter } from "ldapts";
import type { Log } from "../../../log.ts";
import { searchSome } from "../client/search.ts";
import type { Session } from "../client/session.ts";
import { guidOf } from "./guid.ts";
import { sidBytes } from "./sid.ts";

/**
 * The groups that people belong to by number (primaryGroupID) and that list them nowhere. Looked up once each per read.
 */
export class PrimaryGroups {
  readonly #session: Session;
  readonly #namingContext: string;
  readonly #domainSid: string;
  readonly #log: Log;
  readonly #known = new Map<string, readonly string[]>();

  constructor(session: Session, namingContext: string, domainSid: string, log: Log) {
    this.#session = session;
    this.#namingContext = namingContext;
    this.#domainSid = domainSid;
    this.#log = log;
  }

  /** Ids for `memberOf`: the group's, or none when there is no such group to be seen. Only the first time there is something to wait for. */
  of(rid: string, signal: AbortSignal): readonly string[] | Promise<readonly string[]> {
    return this.#known.get(rid) ?? this.#lookUp(rid, signal);
  }

  async #lookUp(rid: string, signal: AbortSignal): Promise<readonly string[]> {
    const value = sidBytes(`${this.#domainSid}-${rid}`);
    const [entry] = await searchSome(
      await this.#session.second(signal),
      {
        base: this.#namingContext,
        scope: "sub",
        filter: new EqualityFilter({ attribute: "objectSid", value }),
        attributes: ["objectGUID"],
        what: `looking for the primary group ${rid}`,
      },
      signal,
    );
    const id = guidOf(entry?.get("objectguid")?.bytes(0));
    if (id === undefined)
      this.#log.warn({ rid }, "a primary group cannot be seen; its members are not known");
    const ids = id === undefined ? [] : [id];
    this.#known.set(rid, ids);
    return ids;
  }
}

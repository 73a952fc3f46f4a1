import { CursorLost } from "../../../errors.ts";
import type { Kind } from "../../../scim/resource.ts";
import type { Change } from "../../source.ts";
import type { Entry } from "../client/entry.ts";
import { parseDn } from "./dn.ts";
import { memberChanges, memberIds } from "./members.ts";
import { type Identified, identify, namedBy, present } from "./objects.ts";
import type { Reading } from "./reading.ts";
import { type Field, readRecord } from "./record.ts";
import { ridOf, sidOf } from "./sid.ts";

/** Administrator, krbtgt, Domain Admins, Domain Users, Administrators: as old as the domain, so never new in it. */
const AS_OLD_AS_THE_DOMAIN: ReadonlySet<number> = new Set([500, 502, 512, 513, 544]);

/**
 * What entries of a DirSync answer mean.
 *
 *   entry has                   meaning
 *   isDeleted                   a tombstone
 *   objectSid                   the whole object: it is new (an object gets its SID once), or the read is a full one
 *   name                        renamed, moved or restored: its place is in the DN, the rest is read again by GUID
 *   neither                     only what it holds has changed; an attribute without values was cleared
 *   member;range=1-1 / 0-0      members added / removed
 */
export class DirSyncAnswers {
  /** Objects to read again once the streams have ended, with what to yield if they cannot be found. */
  readonly again = new Map<string, Change>();
  /** Groups seen in a full read, whose lists of members end with the stream of groups. */
  readonly groups = new Set<string>();
  readonly #reading: Reading;
  readonly #mode: "listed" | "delta";

  constructor(reading: Reading, mode: "listed" | "delta") {
    this.#reading = reading;
    this.#mode = mode;
  }

  /** A container whose people have other names now. One that is new has none yet that moved without a change of their own. */
  isMovedContainer(entry: Entry): boolean {
    const object = identify(this.#reading, entry);
    if (hasValues(entry, "objectclass") && isRoot(this.#reading, object))
      throw everythingAgain(this.#reading);
    return !object.deleted && hasValues(entry, "name") && !hasValues(entry, "objectclass");
  }

  async changes(kind: Kind, entry: Entry, signal: AbortSignal): Promise<readonly Change[]> {
    const object = identify(this.#reading, entry);
    const { id } = object;
    if (object.deleted) return [{ type: "absent", kind, id, evidence: "tombstone" }];
    const sid = sidOf(entry.get("objectsid")?.bytes(0));
    if (this.#mode === "delta" && sid !== undefined && AS_OLD_AS_THE_DOMAIN.has(ridOf(sid))) {
      throw everythingAgain(this.#reading);
    }
    const isPlaced = hasValues(entry, "name");
    if (!object.within) {
      const left = this.#mode === "delta" && isPlaced && sid === undefined;
      return left ? [{ type: "absent", kind, id, evidence: "moved-out" }] : [];
    }
    const members = kind === "group" ? this.#members(entry, object) : [];
    if (sid !== undefined) return [await present(this.#reading, kind, entry, object, signal), ...members];
    const change = await this.#changed(kind, entry, object, signal);
    if (change === undefined) return members;
    if (!isPlaced && !this.again.has(id)) return [change, ...members];
    this.again.set(id, change);
    return members;
  }

  async #changed(
    kind: Kind,
    entry: Entry,
    { id, dn }: Identified,
    signal: AbortSignal,
  ): Promise<Change | undefined> {
    const said = readRecord(entry, this.#reading.select[kind], this.#reading.log, "changes");
    const place: readonly Field[] = hasValues(entry, "name")
      ? [...namedBy(this.#reading, kind, dn), ["distinguishedName", dn]]
      : [];
    const set = Object.fromEntries([...said.set, ...place]);
    const rid = kind === "user" ? entry.text("primarygroupid") : undefined;
    const groups = rid === undefined ? {} : { memberOf: await this.#reading.primaryGroups.of(rid, signal) };
    const change: Change = { type: "changed", kind, id, set, cleared: said.cleared, ...groups };
    if (said.partial.length > 0) this.again.set(id, change);
    const isEmpty = Object.keys(set).length === 0 && said.cleared.length === 0 && rid === undefined;
    return isEmpty ? undefined : change;
  }

  #members(entry: Entry, { id }: Identified): readonly Change[] {
    const isFull = this.#mode === "listed";
    if (isFull) this.groups.add(id);
    const changes: Change[] = [];
    for (const name of entry.names) {
      if (name !== "member" && !name.startsWith("member;")) continue;
      const ids = memberIds(this.#reading, entry.get(name));
      if (name === "member;range=1-1") {
        changes.push(...memberChanges(id, isFull ? "listed" : "add", ids, false));
      } else if (name === "member;range=0-0") {
        if (!isFull) changes.push(...memberChanges(id, "remove", ids, true));
      } else if (ids.length > 0 || name !== "member") {
        // A list or a part of one, from a server that does not tell deltas: only the group itself knows the rest.
        this.again.set(id, { type: "changed", kind: "group", id, set: {}, cleared: [] });
      }
    }
    return changes;
  }
}

function hasValues(entry: Entry, name: "name" | "objectclass"): boolean {
  return entry.count(name) > 0;
}

function isRoot(reading: Reading, { dn }: Identified): boolean {
  return parseDn(dn)?.join() === parseDn(reading.namingContext)?.join();
}

function everythingAgain(reading: Reading): CursorLost {
  return new CursorLost(`${reading.session.host} answered the stored cookie with the whole directory`);
}

import { type Answer, badRequest, type GraphRequest, json } from "../../stand-ins/entra/answer.ts";
import type { Crowd, Told } from "./crowd.ts";
import { idOf } from "./ids.ts";
import { personWriter } from "./person-text.ts";

type Kind = "user" | "group";

/** All that a token stands for. */
interface Place {
  readonly select: string;
  /** What happened before is known; undefined: everybody is told. */
  readonly since?: number;
  readonly until: number;
  readonly at: number;
  /** In the group at which a page was cut. */
  readonly member: number;
  readonly isLink: boolean;
}

/** How full pages are: the service chooses. */
export interface PageSizes {
  readonly objects: number;
  /** Over all groups of a page. */
  readonly members: number;
}

const { headers } = json({});
const MEMBER = `{"@odata.type":"#microsoft.graph.user","id":"`;

/** Delta queries: pages are put together as text, object by object. */
export class Rounds {
  readonly #crowd: Crowd;
  readonly #sizes: PageSizes;
  readonly #writers = new Map<string, ReturnType<typeof personWriter>>();
  readonly #ids: string[] = [];

  constructor(crowd: Crowd, sizes: PageSizes) {
    this.#crowd = crowd;
    this.#sizes = sizes;
  }

  answer(kind: Kind, request: GraphRequest, root: string): Answer {
    const place = this.#placeOf(request);
    const { text, next } = kind === "user" ? this.#people(place) : this.#groups(place);
    const token = next ?? { ...place, since: place.until, at: 0, member: 0, isLink: true };
    const [name, parameter] = next === undefined ? ["deltaLink", "$deltatoken"] : ["nextLink", "$skiptoken"];
    const link = `${root}/v1.0/${kind}s/delta?${parameter}=${sealed(token)}`;
    return {
      status: 200,
      headers,
      body: `{"@odata.context":"${root}/v1.0/$metadata#${kind}s","@odata.${name}":"${link}","value":[${text}]}`,
    };
  }

  #placeOf({ query }: GraphRequest): Place {
    const token = query.get("$skiptoken") ?? query.get("$deltatoken");
    if (token === null)
      return { select: query.get("$select") ?? "", until: this.#crowd.now, at: 0, member: 0, isLink: false };
    const place = opened(token);
    if (query.size !== 1 || place.isLink !== query.has("$deltatoken"))
      throw badRequest("Badly formed token.", "BadRequest");
    return place.isLink ? { ...place, until: this.#crowd.now, isLink: false } : place;
  }

  /** Those whose turn it is from a place on. Whoever was deleted lately is told as removed, also where everybody is told. */
  *#turns(kind: Kind, { since, until, at }: Place): Generator<Told & { readonly at: number }> {
    if (since === undefined) {
      const count = this.#crowd.count(kind);
      for (let index = at; index < count; index++) yield { index, at: index };
      return;
    }
    for (const [n, told] of this.#crowd.between(kind, since, until).entries())
      if (n >= at) yield { ...told, at: n };
  }

  #people(place: Place): { readonly text: string; readonly next?: Place } {
    const write = this.#writerOf(place.select);
    const texts: string[] = [];
    for (const { index, at } of this.#turns("user", place)) {
      if (texts.length === this.#sizes.objects) return { text: texts.join(","), next: { ...place, at } };
      texts.push(
        this.#crowd.isThere("user", index)
          ? write(index, this.#crowd.version(index))
          : `{"id":"${idOf("user", index)}","@removed":{"reason":"changed"}}`,
      );
    }
    return { text: texts.join(",") };
  }

  #groups(place: Place): { readonly text: string; readonly next?: Place } {
    const texts: string[] = [];
    let room = this.#sizes.members;
    for (const { index, at, members } of this.#turns("group", place)) {
      const from = at === place.at ? place.member : 0;
      if (texts.length === this.#sizes.objects || room === 0)
        return { text: texts.join(","), next: { ...place, at, member: 0 } };
      const { entries, next } = this.#members(index, members, from, room);
      texts.push(groupText(index, entries));
      room -= entries.length;
      if (next !== undefined) return { text: texts.join(","), next: { ...place, at, member: next } };
    }
    return { text: texts.join(",") };
  }

  #members(
    group: number,
    changes: ReadonlyMap<number, boolean> | undefined,
    from: number,
    room: number,
  ): { readonly entries: readonly string[]; readonly next?: number } {
    const entries: string[] = [];
    for (const [index, isIn] of changes ?? [])
      entries.push(`${MEMBER}${this.#id(index)}"${isIn ? "" : `,"@removed":{"reason":"deleted"}`}}`);
    if (changes !== undefined) return { entries };
    for (const { index, next } of this.#crowd.members(group, from)) {
      if (entries.length === room) return { entries, next: next - 1 };
      entries.push(`${MEMBER}${this.#id(index)}"}`);
    }
    return { entries };
  }

  #writerOf(select: string): ReturnType<typeof personWriter> {
    const writer = this.#writers.get(select) ?? personWriter(select.split(","));
    this.#writers.set(select, writer);
    return writer;
  }

  /** Members come by the million; each person's id is made once. */
  #id(index: number): string {
    this.#ids[index] ??= idOf("user", index);
    return this.#ids[index] ?? "";
  }
}

/** A group as deltas and single reads tell it. */
export function groupText(index: number, members: readonly string[]): string {
  const told = members.length === 0 ? "" : `,"members@delta":[${members.join(",")}]`;
  return `{"id":"${idOf("group", index)}","createdDateTime":"2019-03-04T05:06:07Z","displayName":"Team ${index}"${told}}`;
}

function sealed(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

function opened(token: string): Place {
  try {
    return JSON.parse(Buffer.from(token, "base64url").toString()) as Place;
  } catch {
    throw badRequest("Badly formed token.", "BadRequest");
  }
}

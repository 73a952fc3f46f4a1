import type { SearchEntry } from "ldapts";

/**
 * One object as the server sent it: bytes only, because whether a value is text is a matter of the attribute, not of its bytes.
 * Names are in lower case with their options ("member;range=0-1499"). A name that is missing was not sent; one with no
 * values was sent empty (in DirSync: cleared).
 */
export interface Entry {
  /** As sent, e.g. "<GUID=...>;<SID=...>;CN=Ann,DC=corp,DC=example". */
  readonly name: string;
  readonly values: ReadonlyMap<string, readonly Buffer[]>;
}

/** Takes what came and nothing else: the library's own conversion adds asked-for attributes that were not sent. */
export function toEntry(message: SearchEntry): Entry {
  const values = new Map<string, readonly Buffer[]>();
  for (const attribute of message.attributes) {
    values.set(attribute.type.toLowerCase(), attribute.parsedBuffers);
  }
  return { name: message.name, values };
}

/** The first value as text, for attributes that are text by their schema; undefined when not sent or empty. */
export function textOf(entry: Entry, name: string): string | undefined {
  return entry.values.get(name.toLowerCase())?.[0]?.toString("utf8");
}

export function textsOf(entry: Entry, name: string): readonly string[] {
  return (entry.values.get(name.toLowerCase()) ?? []).map((value) => value.toString("utf8"));
}

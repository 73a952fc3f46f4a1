import { BerReader } from "ldapts";

/** The tag of a message (RFC 4511 4.1.1): a sequence. */
const MESSAGE = 0x30;

/**
 * Cuts what comes over a socket into whole LDAP messages. One that comes in pieces is put together once, when its last piece is there, so that
 * the time for a large answer (a group with all its members) stays in proportion to its size.
 */
export class Messages {
  /** Of a message that is not whole yet. */
  #pieces: Buffer[] = [];
  #held = 0;
  /** How long that message is; undefined while not even that came. */
  #length: number | undefined;

  /** Hands on what is whole now, in order. Throws where it is no LDAP. */
  take(data: Buffer, each: (message: Buffer) => void): void {
    let rest = this.#finished(data, each);
    while (rest !== undefined && rest.length > 0) {
      const length = lengthOf(rest);
      if (length === undefined || length > rest.length) {
        this.#keep(rest, length);
        return;
      }
      each(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  }

  /** What is left after the message that was waited for; undefined while it still is. */
  #finished(data: Buffer, each: (message: Buffer) => void): Buffer | undefined {
    if (this.#held === 0) return data;
    const missing = this.#length === undefined ? undefined : this.#length - this.#held;
    if (missing !== undefined && data.length < missing) {
      this.#keep(data, this.#length);
      return undefined;
    }
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#held = 0;
    if (missing === undefined) return Buffer.concat([...pieces, data]);
    each(Buffer.concat([...pieces, data.subarray(0, missing)]));
    return data.subarray(missing);
  }

  #keep(piece: Buffer, length: number | undefined): void {
    this.#pieces.push(piece);
    this.#held += piece.length;
    this.#length = length;
  }
}

/** With its head; undefined while that has not come whole. */
function lengthOf(bytes: Buffer): number | undefined {
  const reader = new BerReader(bytes);
  if (reader.readSequence(MESSAGE) === null) return undefined;
  if (reader.length < 0) throw new RangeError("a message of more than 2 GiB");
  return reader.offset + reader.length;
}

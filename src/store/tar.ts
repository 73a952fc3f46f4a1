/** Archives of the form ustar (POSIX.1-1988), as far as backups need it: plain files, short names. `tar -tvf` lists them. */
import { createReadStream } from "node:fs";
import { ConfigurationError } from "../errors.ts";

const block = 512;
/** Eleven octal digits. */
const mostBytes = 8 ** 11 - 1;

export interface TarEntry {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** ms since 1970 UTC. */
  readonly at: number;
  /** Text, or the path of a file that has `size` bytes. */
  readonly content: { readonly text: string } | { readonly file: string };
}

/** The archive, piece by piece. Throws ConfigurationError for what the form cannot hold. */
export async function* tarPieces(entries: Iterable<TarEntry>): AsyncIterable<Uint8Array> {
  for (const entry of entries) {
    yield header(entry);
    let written = 0;
    for await (const piece of contentOf(entry)) {
      written += piece.length;
      yield piece;
    }
    if (written !== entry.size) throw new Error(`${entry.name} changed while it was written`);
    yield Buffer.alloc((block - (entry.size % block)) % block);
  }
  yield Buffer.alloc(2 * block);
}

async function* contentOf({ content }: TarEntry): AsyncIterable<Uint8Array> {
  if ("text" in content) yield Buffer.from(content.text);
  else yield* createReadStream(content.file, { highWaterMark: 262_144 }) as AsyncIterable<Buffer>;
}

function header({ name, size, at }: TarEntry): Buffer {
  if (Buffer.byteLength(name) > 100 || size > mostBytes)
    throw new ConfigurationError(`${name} is too large or its name too long for a backup in one file`);
  const bytes = Buffer.alloc(block);
  const octal = (value: number, offset: number, digits: number) =>
    bytes.write(`${value.toString(8).padStart(digits, "0")}\0`, offset, "latin1");
  bytes.write(name, 0);
  octal(0o600, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(Math.max(0, Math.floor(at / 1_000)), 136, 11);
  bytes.write("0", 156);
  bytes.write("ustar\0", 257, "latin1");
  bytes.write("00", 263, "latin1");
  octal(checksum(bytes), 148, 6);
  bytes.write(" ", 155);
  return bytes;
}

/** Of a header whose own field for it counts as spaces. */
function checksum(bytes: Buffer): number {
  return bytes.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

/** A header that was read. */
export interface TarHead {
  readonly name: string;
  readonly size: number;
}

/**
 * Reads an archive: each head, then its content piece by piece, all of which has to be taken. Throws ConfigurationError where it is no archive of ours
 * or ends too early.
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
): AsyncIterable<TarHead & { readonly content: AsyncIterable<Uint8Array> }> {
  const bytes = new Bytes(source);
  for (;;) {
    const head = parse(await bytes.exactly(block));
    if (head === undefined) return;
    yield { ...head, content: bytes.pieces(head.size) };
    await bytes.exactly((block - (head.size % block)) % block);
  }
}

function parse(bytes: Buffer): TarHead | undefined {
  if (bytes.every((byte) => byte === 0)) return undefined;
  const text = (from: number, to: number) => bytes.toString("utf8", from, to).replace(/\0.*$/s, "");
  const sum = Number.parseInt(text(148, 156).trim(), 8);
  const size = Number.parseInt(text(124, 136).trim(), 8);
  if (text(257, 262) !== "ustar" || sum !== checksum(bytes) || !Number.isSafeInteger(size)) throw broken();
  return { name: text(0, 100), size };
}

class Bytes {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async exactly(size: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.pieces(size)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async *pieces(size: number): AsyncIterable<Uint8Array> {
    for (let left = size; left > 0; ) {
      if (this.#rest.length === 0) {
        const { value, done } = await this.#source.next();
        if (done === true) throw broken();
        this.#rest = Buffer.from(value);
        continue;
      }
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }
}

function broken(): ConfigurationError {
  return new ConfigurationError("this is no backup of rollcall, or only the beginning of one", {
    hint: "take a file that `rollcall backup` wrote to its end",
  });
}

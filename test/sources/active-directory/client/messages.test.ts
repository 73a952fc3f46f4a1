import fc from "fast-check";
import { Ber, BerReader, BerWriter } from "ldapts";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Entry } from "../../../../src/sources/active-directory/client/entry.ts";
import { Messages } from "../../../../src/sources/active-directory/client/messages.ts";

const SEQUENCE = 0x30;
const SET = 0x31;

function message(content: Buffer): Buffer {
  const writer = new BerWriter();
  writer.writeBuffer(content, SEQUENCE);
  return Buffer.from(writer.buffer);
}

/** Hands over the bytes in pieces that end at `cuts`. */
function taken(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const messages = new Messages();
  const all: Buffer[] = [];
  const ends = [...new Set([...cuts.map((cut) => cut % bytes.length), bytes.length])].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    messages.take(bytes.subarray(from, end), (one) => all.push(one));
    from = end;
  }
  return all;
}

describe("messages of a stream", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("they are the same however the stream is cut", () => {
    const sizes = fc.oneof(fc.nat(300), fc.constantFrom(127, 128, 255, 256, 65_535, 65_536));
    fc.assert(
      fc.property(
        fc.array(sizes, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (lengths, cuts) => {
          const sent = lengths.map((length, at) => message(Buffer.alloc(length, at + 1)));
          expect(Buffer.concat(taken(Buffer.concat(sent), cuts)).equals(Buffer.concat(sent))).toBe(true);
          expect(taken(Buffer.concat(sent), cuts).map(({ length }) => length)).toEqual(
            sent.map(({ length }) => length),
          );
        },
      ),
    );
  });

  test("a byte at a time is enough", () => {
    const sent = [message(Buffer.alloc(300, 1)), message(Buffer.alloc(0)), message(Buffer.alloc(5, 2))];
    const bytes = Buffer.concat(sent);
    expect(taken(bytes, [...bytes.keys()])).toEqual(sent);
  });

  test("one that comes in a thousand pieces is put together once", () => {
    const sent = message(Buffer.alloc(1_000_000, 7));
    const together = vi.spyOn(Buffer, "concat");
    const cuts = Array.from({ length: 1000 }, (_, index) => (index + 1) * 1000);
    expect(taken(sent, cuts)).toHaveLength(1);
    expect(together).toHaveBeenCalledTimes(1);
  });

  test("what is no LDAP is refused", () => {
    const refused = (bytes: readonly number[]) => () => new Messages().take(Buffer.from(bytes), () => {});
    expect(refused([0x47, 0x45, 0x54])).toThrow();
    expect(refused([SEQUENCE, 0x80, 0x00])).toThrow();
    expect(refused([SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff])).toThrow(RangeError);
  });
});

describe("an entry", () => {
  function encoded(name: string, attributes: Readonly<Record<string, readonly (string | Buffer)[]>>): Buffer {
    const writer = new BerWriter();
    writer.writeString(name);
    writer.startSequence();
    for (const [type, values] of Object.entries(attributes)) {
      writer.startSequence();
      writer.writeString(type);
      writer.startSequence(SET);
      for (const value of values) writer.writeBuffer(Buffer.from(value), Ber.OctetString);
      writer.endSequence();
      writer.endSequence();
    }
    writer.endSequence();
    return Buffer.from(writer.buffer);
  }

  test("gives names in lower case, and values as text or bytes", () => {
    const bytes = Buffer.from([0, 255, 1]);
    const entry = new Entry(
      new BerReader(encoded("CN=Zoë", { sAMAccountName: ["zoë"], objectGUID: [bytes], url: ["a", "", "c"] })),
    );
    expect(entry.name).toBe("CN=Zoë");
    expect(entry.names).toEqual(["samaccountname", "objectguid", "url"]);
    expect(entry.text("samaccountname")).toBe("zoë");
    expect(entry.get("objectguid")?.bytes(0)).toEqual(bytes);
    expect(entry.texts("url")).toEqual(["a", "", "c"]);
    expect(entry.hasOptions).toBe(false);
  });

  test("tells what was sent empty from what was not sent", () => {
    const entry = new Entry(new BerReader(encoded("", { mail: [], "member;range=0-0": ["x"] })));
    expect(entry.get("mail")?.count).toBe(0);
    expect(entry.text("mail")).toBeUndefined();
    expect(entry.get("title")).toBeUndefined();
    expect(entry.hasOptions).toBe(true);
  });

  test("keeps its own values when the next one is read", () => {
    const [first, second] = [encoded("a", { a: ["1", "2"], b: ["3"] }), encoded("b", { c: ["4"] })].map(
      (bytes) => new Entry(new BerReader(bytes)),
    );
    expect([first?.names, first?.texts("a"), first?.texts("b")]).toEqual([["a", "b"], ["1", "2"], ["3"]]);
    expect([second?.names, second?.texts("c")]).toEqual([["c"], ["4"]]);
  });

  test("with lengths that do not fit is refused, and never read for ever", () => {
    const good = encoded("CN=a", { mail: ["somebody"], url: ["a", "b"] });
    expect(() => new Entry(new BerReader(good.subarray(0, -1)))).toThrow();
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const bad = Buffer.from(good);
        bad[at] = byte;
        try {
          new Entry(new BerReader(bad));
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});

/** LDAP controls that Active Directory speaks; response values are read into the instance that was sent, so each request needs its own. */
import { Ber, type BerReader, BerWriter, Control } from "ldapts";

const DIRSYNC = "1.2.840.113556.1.4.841";
const EXTENDED_DN = "1.2.840.113556.1.4.529";
const SHOW_DELETED = "1.2.840.113556.1.4.417";

/** Deltas of linked values instead of whole lists. The value is negative on purpose: Windows wants the four-byte form of 0x80000000. */
const INCREMENTAL_VALUES = -0x80000000;

/** What the domain controller may put into one answer; it raises smaller values to this one anyway. */
const MAX_BYTES = 0x100000;

/** Asks for everything that changed since the cookie (empty: for everything). MS-ADTS 3.1.1.3.4.1.3. */
export class DirSyncControl extends Control {
  readonly #sent: Buffer;
  /** Undefined until the server answered: without an answer nothing proves that the round is complete. */
  answer: { readonly moreResults: boolean; readonly cookie: Buffer } | undefined;

  constructor(cookie: Buffer) {
    super(DIRSYNC, { critical: true });
    this.#sent = cookie;
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(INCREMENTAL_VALUES);
    value.writeInt(MAX_BYTES);
    value.writeBuffer(this.#sent, Ber.OctetString);
    value.endSequence();
    writer.writeBuffer(value.buffer, Ber.OctetString);
  }

  protected override parseControl(reader: BerReader): void {
    if (reader.readSequence() === null) return;
    const moreResults = (reader.readInt() ?? 0) !== 0;
    reader.readInt();
    // Copied: what the reader gives is a view into a large network buffer.
    const cookie = Buffer.from(reader.readString(Ber.OctetString, true) ?? Buffer.alloc(0));
    this.answer = { moreResults, cookie };
  }
}

/** Makes every DN of the answer `<GUID=...>;<SID=...>;CN=...`. MS-ADTS 3.1.1.3.4.1.5. */
export class ExtendedDnControl extends Control {
  constructor() {
    super(EXTENDED_DN, { critical: true });
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(1); // dashed GUIDs and S-1-... instead of hex
    value.endSequence();
    writer.writeBuffer(value.buffer, Ber.OctetString);
  }
}

/** Lets searches see tombstones and recycled objects. MS-ADTS 3.1.1.3.4.1.14. */
export class ShowDeletedControl extends Control {
  constructor() {
    super(SHOW_DELETED, { critical: true });
  }
}

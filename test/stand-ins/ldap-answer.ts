import { Ber, BerWriter } from "ldapts";

/** Attribute -> values, as they stand in one entry of an answer. */
export type Shown = readonly (readonly [name: string, values: readonly (string | Buffer)[]])[];

export interface Control {
  readonly oid: string;
  readonly value: Buffer;
}

export function entryMessage(id: number, dn: string, shown: Shown): Buffer {
  return message(id, 0x64, (writer) => {
    writer.writeString(dn);
    writer.startSequence();
    for (const [name, values] of shown) {
      writer.startSequence();
      writer.writeString(name);
      writer.startSequence(0x31);
      for (const value of values) writer.writeBuffer(Buffer.from(value), Ber.OctetString);
      writer.endSequence();
      writer.endSequence();
    }
    writer.endSequence();
  });
}

export function referenceMessage(id: number, url: string): Buffer {
  return message(id, 0x73, (writer) => writer.writeString(url));
}

/** LDAPResult (RFC 4511 4.1.9) of a bind (0x61), search (0x65) or extended operation (0x78). */
export function resultMessage(
  id: number,
  tag: number,
  code: number,
  diagnostic = "",
  controls: readonly Control[] = [],
): Buffer {
  const write = (writer: BerWriter) => {
    writer.writeEnumeration(code);
    writer.writeString("");
    writer.writeString(diagnostic);
  };
  return message(id, tag, write, controls);
}

/** RFC 2696 */
export function pagingControl(cookie: Buffer): Control {
  return control("1.2.840.113556.1.4.319", (writer) => {
    writer.writeInt(0);
    writer.writeBuffer(cookie, Ber.OctetString);
  });
}

/** MS-ADTS 3.1.1.3.4.1.3 */
export function dirSyncControl(moreResults: boolean, cookie: Buffer): Control {
  return control("1.2.840.113556.1.4.841", (writer) => {
    writer.writeInt(moreResults ? 1 : 0);
    writer.writeInt(0);
    writer.writeBuffer(cookie, Ber.OctetString);
  });
}

function control(oid: string, write: (writer: BerWriter) => void): Control {
  const writer = new BerWriter();
  writer.startSequence();
  write(writer);
  writer.endSequence();
  return { oid, value: writer.buffer };
}

function message(
  id: number,
  tag: number,
  write: (writer: BerWriter) => void,
  controls: readonly Control[] = [],
): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(tag);
  write(writer);
  writer.endSequence();
  if (controls.length > 0) {
    writer.startSequence(0xa0);
    for (const { oid, value } of controls) {
      writer.startSequence();
      writer.writeString(oid);
      writer.writeBuffer(value, Ber.OctetString);
      writer.endSequence();
    }
    writer.endSequence();
  }
  writer.endSequence();
  return writer.buffer;
}

/** One BER element (X.690) inside a buffer: its tag, and where its content starts and ends. */
export interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** Reads the element at `offset`; undefined if the buffer does not hold all of it yet. Definite lengths only, as LDAP has it. */
export function readElement(bytes: Buffer, offset: number): Element | undefined {
  if (bytes.length < offset + 2) return undefined;
  const first = bytes.readUInt8(offset + 1);
  if (first < 0x80)
    return whole(bytes, { tag: bytes.readUInt8(offset), start: offset + 2, end: offset + 2 + first });
  const count = first & 0x7f;
  const start = offset + 2 + count;
  if (bytes.length < start) return undefined;
  const length = bytes.readUIntBE(offset + 2, count);
  return whole(bytes, { tag: bytes.readUInt8(offset), start, end: start + length });
}

/** The elements inside an element, in order. */
export function children(bytes: Buffer, parent: Element): readonly Element[] {
  const found: Element[] = [];
  for (let offset = parent.start; offset < parent.end; ) {
    const element = readElement(bytes, offset);
    if (element === undefined) throw new Error(`an element at ${offset} is cut off`);
    found.push(element);
    offset = element.end;
  }
  return found;
}

export function text(bytes: Buffer, element: Element | undefined): string {
  return element === undefined ? "" : bytes.toString("utf8", element.start, element.end);
}

/** A small non-negative INTEGER or ENUMERATED. */
export function number(bytes: Buffer, element: Element | undefined): number {
  if (element === undefined || element.end === element.start) return 0;
  return bytes.readIntBE(element.start, Math.min(6, element.end - element.start));
}

function whole(bytes: Buffer, element: Element): Element | undefined {
  return element.end <= bytes.length ? element : undefined;
}

/** Ids that are computed: a million of them need no table, and lie as scattered as real ones. */
type Kind = "user" | "group";

const FACTOR = 0x9e3779b1;
const INVERSE = inverseOf(FACTOR);

/** The id of the person or group with this number. */
export function idOf(kind: Kind, index: number): string {
  const first = Math.imul(index + 1, FACTOR) >>> 0;
  const second = Math.imul(first ^ 0x5bd1e995, 0xc2b2ae35) >>> 0;
  const [a, b] = [hex(first), hex(second)];
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${kind === "user" ? "8" : "9"}${b.slice(1, 4)}-${b}${a.slice(0, 4)}`;
}

/** The number behind an id that `idOf` made; undefined for any other text. */
export function indexOf(kind: Kind, id: string): number | undefined {
  const first = Number.parseInt(id.slice(0, 8), 16);
  const index = (Math.imul(first, INVERSE) >>> 0) - 1;
  return index >= 0 && idOf(kind, index) === id ? index : undefined;
}

function hex(n: number): string {
  return n.toString(16).padStart(8, "0");
}

/** In arithmetic modulo 2^32. */
function inverseOf(odd: number): number {
  let inverse = odd;
  for (let step = 0; step < 5; step++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return inverse;
}

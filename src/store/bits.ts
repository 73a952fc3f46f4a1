/** A set of row numbers, one bit each: 125 KB for a million people. */
export class Bits {
  #bytes = new Uint8Array(1024);

  add(n: number): void {
    const byte = n >> 3;
    if (byte >= this.#bytes.length) {
      const grown = new Uint8Array(Math.max(byte + 1, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[byte] = (this.#bytes[byte] ?? 0) | (1 << (n & 7));
  }

  delete(n: number): void {
    const byte = n >> 3;
    if (byte < this.#bytes.length) this.#bytes[byte] = (this.#bytes[byte] ?? 0) & ~(1 << (n & 7));
  }

  has(n: number): boolean {
    return ((this.#bytes[n >> 3] ?? 0) & (1 << (n & 7))) !== 0;
  }
}

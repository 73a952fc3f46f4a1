/** A map whose entries keep the place in which they came, so that a list can go on from a place without looking at what was before. */
export class OrderedTable<T> {
  readonly #slots: ({ readonly key: string; readonly value: T } | undefined)[] = [];
  readonly #places = new Map<string, number>();

  get size(): number {
    return this.#places.size;
  }

  get(key: string): T | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : this.#slots[place]?.value;
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  set(key: string, value: T): void {
    const place = this.#places.get(key) ?? this.#slots.length;
    this.#places.set(key, place);
    this.#slots[place] = { key, value };
  }

  delete(key: string): boolean {
    const place = this.#places.get(key);
    if (place === undefined) return false;
    this.#slots[place] = undefined;
    return this.#places.delete(key);
  }

  *values(): Generator<T> {
    for (const [, value] of this.after(undefined)) yield value;
  }

  *keys(): Generator<string> {
    for (const slot of this.#slots) if (slot !== undefined) yield slot.key;
  }

  /** Places with their values, in order, from behind the place given. */
  *after(place: string | undefined): Generator<readonly [place: string, value: T]> {
    for (let at = place === undefined ? 0 : Number(place) + 1; at < this.#slots.length; at++) {
      const slot = this.#slots[at];
      if (slot !== undefined) yield [String(at), slot.value];
    }
  }
}

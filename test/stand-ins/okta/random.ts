/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** From 0 up to, not including, 1. */
  number(): number;
  /** From 0 up to, not including, `below`. */
  integer(below: number): number;
  pick<T>(from: readonly [T, ...T[]]): T;
  /** An identifier as Okta makes them: 20 letters and digits, of which the prefix tells the kind. */
  id(prefix: string): string;
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export function createRandom(seed: number): Random {
  let state = seed | 0;
  // A linear congruential step, scrambled by two rounds of xor and multiply.
  const number = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x45d9f3b);
    mixed ^= mixed >>> 16;
    mixed = Math.imul(mixed, 0x45d9f3b);
    mixed ^= mixed >>> 16;
    return (mixed >>> 0) / 2 ** 32;
  };
  const integer = (below: number): number => Math.floor(number() * below);
  return {
    number,
    integer,
    pick: (from) => from[integer(from.length)] ?? from[0],
    id: (prefix) => {
      let text = prefix;
      while (text.length < 20) text += alphabet[integer(alphabet.length)];
      return text;
    },
  };
}

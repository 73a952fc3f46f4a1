import { createHmac, randomBytes } from "node:crypto";
import type { Store } from "../store/store.ts";

/** Chance for one row of the mapping of one person: a whole number from 0 up to, but not including, the bound. */
export type Chance = (person: number, path: string) => (bound: number) => number;

/**
 * Chance that stays: for the same person and row it gives the same, as often as it is asked, so that the plan shows what will be sent, a call
 * that got no answer is known again, and a cycle that is repeated changes nothing. What it gives follows from a secret of the snapshot, and
 * nobody who does not hold that can tell it beforehand.
 */
export function chanceOf({ meta }: Pick<Store, "meta">): Chance {
  let secret: string | undefined;
  return (person, path) => {
    secret ??= meta.get("chance") ?? newSecret(meta);
    const bytes = stream(secret, `${person}\n${path}`);
    return (bound) => {
      const most = 2 ** 32 - (2 ** 32 % bound);
      // What lies above the last whole multiple would make small numbers likelier.
      for (;;) {
        const drawn = bytes();
        if (drawn < most) return drawn % bound;
      }
    };
  };
}

function newSecret(meta: Store["meta"]): string {
  const secret = randomBytes(32).toString("hex");
  meta.set("chance", secret);
  return secret;
}

/** Numbers of 32 bits without end. */
function stream(secret: string, about: string): () => number {
  let block = Buffer.alloc(0);
  let blocks = 0;
  let at = 0;
  return () => {
    if (at >= block.length) {
      block = createHmac("sha512", secret).update(`${blocks}\n${about}`).digest();
      blocks += 1;
      at = 0;
    }
    at += 4;
    return block.readUInt32BE(at - 4);
  };
}

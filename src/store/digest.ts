import { hash } from "node:crypto";

/** 16 bytes of SHA-256 over the JSON text; a person who edits their own profile must not be able to aim at a collision. */
export function digest(value: unknown): Buffer {
  return hash("sha256", JSON.stringify(value), "buffer").subarray(0, 16);
}

export function sameDigest(a: Buffer | null, b: Buffer | null): boolean {
  return a === null || b === null ? a === b : a.equals(b);
}

import type { Clock } from "../clock.ts";

/** True when the promise is fulfilled within so many ms; leaves no timer behind. Throws what the promise throws. */
export async function within(promise: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  const enough = new AbortController();
  const late = clock.sleep(ms, enough.signal).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    enough.abort();
    await late;
  }
}

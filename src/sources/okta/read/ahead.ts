/**
 * Results in the order of the items, with up to `width` of them under way at once. The first failure, the signal and a reader who leaves
 * end all others.
 */
export async function* ahead<T, R>(
  items: Iterable<T>,
  width: number,
  act: (item: T, signal: AbortSignal) => Promise<R>,
  signal: AbortSignal,
): AsyncGenerator<R> {
  const stop = new AbortController();
  const follow = () => stop.abort(signal.reason);
  signal.addEventListener("abort", follow, { once: true });
  const underWay: Promise<R>[] = [];
  try {
    signal.throwIfAborted();
    for (const item of items) {
      const result = act(item, stop.signal);
      // Reported when its turn comes; until then nobody else may call it unhandled.
      result.catch(() => {});
      underWay.push(result);
      const [first] = underWay;
      if (underWay.length < width || first === undefined) continue;
      yield await first;
      underWay.shift();
    }
    for (const each of underWay) yield await each;
  } finally {
    signal.removeEventListener("abort", follow);
    stop.abort();
  }
}

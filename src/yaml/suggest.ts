/** "Did you mean ...": the nearest of the names that would have been right. */

/** The candidate that was probably meant, or undefined. Case, and about one letter in three, may differ. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > 200) return undefined;
  const wanted = name.toLowerCase();
  let best: string | undefined;
  // Of two letters every other pair is near: there only the case may differ.
  let bestDistance = (name.length < 3 ? 0 : Math.max(1, Math.floor(name.length / 3))) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `, did you mean "x"?` or nothing: to be put behind a message. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const found = nearest(name, candidates);
  return found === undefined || found === name ? "" : `, did you mean "${found}"?`;
}

/** `a, b or c`; all of a long list would bury the message, so the rest is counted. */
export function listNames(names: readonly string[], most = 12): string {
  const shown = names.slice(0, most);
  if (names.length > most) return `${shown.join(", ")} (and ${names.length - most} more)`;
  const last = shown.at(-1);
  return shown.length > 1 ? `${shown.slice(0, -1).join(", ")} or ${last}` : (last ?? "nothing");
}

/**
 * Optimal string alignment distance: letters inserted, deleted, replaced, or two neighbours swapped count one each.
 * Ends early with `limit` when it cannot get below.
 */
export function editDistance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    if (Math.min(...current) >= limit) return limit;
    beforeLast = last;
    last = current;
  }
  return Math.min(at(last, b.length), limit);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}

/** First and last of a run of whole numbers. */
export type NumberRange = readonly [first: number, last: number];

/** "3-5,9" of 3, 4, 5 and 9. `numbers` ascend. */
export function rangesText(numbers: Iterable<number>): string {
  const ranges: [number, number][] = [];
  for (const each of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === each) last[1] = each;
    else ranges.push([each, each]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(",");
}

export function rangesOf(text: string): NumberRange[] {
  return text
    .split(",")
    .filter((part) => /^\d+(-\d+)?$/.test(part))
    .map((part) => {
      const [first = "", last = first] = part.split("-");
      return [Number(first), Number(last)];
    });
}

export function inRanges(ranges: readonly NumberRange[], each: number): boolean {
  return ranges.some(([first, last]) => each >= first && each <= last);
}

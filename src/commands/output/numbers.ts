/** Counts, times and spans as people read them. */

/** "1,204", of whole numbers. Intl.NumberFormat would load its data first, which takes longer than all else that a short command does. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 person", "1,900 people" */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** "a, b and c" */
export function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? "";
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`;
}

const steps: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
];

/** How far a span of at least so many ms is rounded: nobody waits for the 59th minute of the 23rd hour. */
const grains: readonly (readonly [from: number, grain: number])[] = [
  [10 * 86_400_000, 86_400_000],
  [10 * 3_600_000, 3_600_000],
  [60_000, 60_000],
  [0, 1_000],
];

/** "85 ms", "3.1 s", "42 s", "12 min", "2 h 5 min", "23 h", "3 d 4 h" */
export function span(exactMs: number): string {
  if (exactMs < 999.5) return `${Math.max(0, Math.round(exactMs))} ms`;
  if (exactMs < 9_950) return `${(exactMs / 1_000).toFixed(1)} s`;
  const grain = grains.find(([from]) => exactMs >= from)?.[1] ?? 1_000;
  const ms = Math.round(exactMs / grain) * grain;
  const at = steps.findIndex(([size]) => ms >= size);
  const [size, name] = steps[at] ?? [1_000, "s"];
  const finer = steps[at + 1];
  const whole = Math.floor(ms / size);
  const rest = finer === undefined ? 0 : Math.floor((ms - whole * size) / finer[0]);
  const isShort = size >= 3_600_000 && finer !== undefined && rest > 0;
  return isShort ? `${whole} ${name} ${rest} ${finer[1]}` : `${whole} ${name}`;
}

/** "just now", "12 min ago", "in 3 h" */
export function relative(at: number, now: number): string {
  const ms = Math.abs(now - at);
  if (ms < 5_000) return at > now ? "now" : "just now";
  return at > now ? `in ${span(ms)}` : `${span(ms)} ago`;
}

/** Local time: "2026-11-22 10:02:11" */
export function localTime(at: number): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

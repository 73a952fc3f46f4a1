/** Durations as admins write them: a whole number and one unit. */
import { z } from "./zod.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST_MS = 3_650 * 86_400_000;
const FORM = /^(\d{1,9})([smhd])$/;
const EXPECTED = "expected a duration such as 90s, 40m, 2h or 30d";

/** Milliseconds of "90s", "40m", "2h" or "30d"; undefined for anything else, for nothing and for more than ten years. */
function parseDuration(text: string): number | undefined {
  const [, digits, unit] = FORM.exec(text) ?? [];
  const ms = Number(digits) * (UNITS[unit ?? ""] ?? Number.NaN);
  return ms > 0 && ms <= LONGEST_MS ? ms : undefined;
}

/** A duration in the YAML, in milliseconds once parsed. Between one second and ten years. */
export const duration = z
  .string({ error: EXPECTED })
  .refine((text) => parseDuration(text) !== undefined, { error: EXPECTED })
  .transform((text) => parseDuration(text) ?? Number.NaN)
  .meta({ pattern: "^\\d{1,9}[smhd]$" });

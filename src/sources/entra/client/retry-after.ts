/**
 * How long a service asks us to wait, in ms: whole or fractional seconds or an HTTP date (RFC 9110 10.2.3); undefined when it says
 * nothing that can be understood. A date in the past is 0.
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}(\.\d{1,9})?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  // Date.parse reads far more than HTTP dates, "-5" among it.
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** "in 12 minutes", or "later" where it is no matter of minutes. Completes "asks us to come back ...". */
export function laterText(waitMs: number | undefined): string {
  return waitMs === undefined || waitMs < 120_000 ? "later" : `in ${Math.ceil(waitMs / 60_000)} minutes`;
}

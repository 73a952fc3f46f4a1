/** Of several exit codes the first that is among them counts. */
const precedence = [2, 1, 5, 3, 4, 75];

/** The exit code of a command that did something for several connections. */
export function firstThatApplies(codes: readonly number[]): number {
  return precedence.find((code) => codes.includes(code)) ?? 0;
}

import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** "3.2 s" since `begun` (milliseconds). */
export function seconds(begun) {
  return `${((Date.now() - begun) / 1000).toFixed(1)} s`;
}

/**
 * Runs one program quietly: a line when it went well, everything it said when it did not (of what is optional, a line too). Says
 * whether it went well.
 */
export function step(title, command, args, { isOptional = false, ...options } = {}) {
  const begun = Date.now();
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28, ...options });
  const passed = result.status === 0;
  process.stdout.write(
    `${title} ${passed ? "ok" : isOptional ? "did not work, going on without" : "FAILED"} (${seconds(begun)})\n`,
  );
  if (!passed && !isOptional)
    process.stdout.write(`${result.stdout ?? ""}${result.stderr ?? ""}${result.error?.message ?? ""}\n`);
  return passed;
}

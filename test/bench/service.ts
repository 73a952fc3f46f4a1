import { readFileSync } from "node:fs";

const unit = new URL("../../systemd/rollcall.service", import.meta.url);

/** The environment that the service runs in, as its unit says: what the daemon does is measured in it. */
export function serviceEnvironment(): Readonly<Record<string, string>> {
  const line = /^Environment=(.*)$/m.exec(readFileSync(unit, "utf8"))?.[1] ?? "";
  const pairs = line.split(" ").map((each): [string, string] => {
    const at = each.indexOf("=");
    return [each.slice(0, at), each.slice(at + 1)];
  });
  if (pairs.some(([name]) => !/^[A-Z_]+$/.test(name)))
    throw new Error(`Environment= of the unit is not a list of words: ${line}`);
  return Object.fromEntries(pairs);
}

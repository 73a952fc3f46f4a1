/**
 * A cycle as the daemon does it, in a process that has everything loaded: `node cycle-again.ts WARM CONFIG`, two configuration files. The cycle of the
 * first loads and compiles what there is; what is said is of that of the second alone.
 */
import { systemClock } from "../../../src/commands/system-clock.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { connectionNamed, openConnection } from "../../../src/connection.ts";
import { cycle } from "../../../src/cycle.ts";
import { silent } from "../../../src/log.ts";
import { checkMapping } from "../../../src/mapping/compile.ts";

const [warm = "", file = ""] = process.argv.slice(2);
for (let round = 0; round < 5; round++) await once(warm);
const [before, began] = [process.cpuUsage(), performance.now()];
const report = await once(file);
const { user, system } = process.cpuUsage(before);
console.log(
  JSON.stringify({
    wall: (performance.now() - began) / 1000,
    cpu: (user + system) / 1e6,
    changed: report.read?.changed ?? -1,
    absent: report.read?.absent ?? -1,
  }),
);

async function once(path: string) {
  const config = await loadConfig(path, checkMapping);
  const { signal } = new AbortController();
  const around = { clock: systemClock, log: silent, signal, abort: signal, progress: () => {} };
  const connection = await openConnection(config, connectionNamed(config, "staff"), around);
  try {
    const done = await cycle(connection, { purpose: "sync", trigger: "schedule" });
    if (done.outcome !== "done") throw new Error(`the cycle ended with ${done.outcome}`);
    return done;
  } finally {
    await connection.close();
  }
}

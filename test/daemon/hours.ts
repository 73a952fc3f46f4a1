/**
 * Lets 20 connections work for so many simulated hours in this process and prints what that cost, as JSON:
 * `node --expose-gc test/daemon/hours.ts HOURS`. Everything is real but the time and the directory.
 */
import { readdirSync, readlinkSync } from "node:fs";
import { Station } from "./station.ts";

const hourMs = 3_600_000;
const connections = 20;
const hours = Number(process.argv[2]);

function openFiles(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // The one with which the folder is read.
    }
  });
}

/** MiB, with everything thrown away that nobody needs. */
function residentMiB(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return Math.round((process.memoryUsage.rss() / 1024 ** 2) * 10) / 10;
}

const before = { files: openFiles(), resources: process.getActiveResourcesInfo() };
const resident: number[] = [];
let cycles = 0;
{
  await using station = new Station();
  const names = Array.from({ length: connections }, (_, n) => `c${n}`);
  const targets = names.map((name) => `  ${name}: { type: embedded }\n`).join("");
  const all = names.map((name) => `  ${name}: { source: people, target: ${name} }\n`).join("");
  station.configure(`targets:\n${targets}connections:\n${all}`);
  station.directory.people("q", 200);
  await station.start();
  for (let hour = 0; hour < hours; hour++) {
    station.directory.person("q0007", { title: `of hour ${hour}` });
    await station.pass(hourMs);
    cycles += station.events.filter(({ type }) => type === "report").length;
    station.events.length = 0;
    station.log.length = 0;
    resident.push(residentMiB());
  }
}
// Handles that were closed are gone after one more turn.
await new Promise((resolve) => setImmediate(resolve));
const after = { files: openFiles(), resources: process.getActiveResourcesInfo() };
console.log(JSON.stringify({ cycles, resident, before, after }));

import { execFileSync } from "node:child_process";
import { cpus, release, totalmem } from "node:os";
import Database from "better-sqlite3";

/** The machine that measures, for whoever compares figures. */
export function describeMachine() {
  const [{ model } = { model: "unknown processor" }] = cpus();
  const sqlite = sqliteVersion();
  const described = {
    processor: model.trim(),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.version,
    sqlite,
    commit: commit(),
    at: new Date().toISOString(),
  };
  const { processor, cores, memoryGiB, system, node } = described;
  return {
    ...described,
    line: `${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}, SQLite ${sqlite}`,
  };
}

function sqliteVersion(): string {
  const db = new Database(":memory:");
  try {
    return String(db.prepare("select sqlite_version()").pluck().get());
  } finally {
    db.close();
  }
}

function commit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
}

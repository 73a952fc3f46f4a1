/** Weeks in which a target refuses something. */
import { expect } from "vitest";
import { ItemError } from "../../src/errors.ts";
import type { Report } from "../../src/sync/report.ts";
import type { Call, World } from "../world.ts";

export const hour = 3_600_000;
export const day = 24 * hour;
export const refusal = () => new ItemError("invalid-value", "the target refuses it");

/** Nine people who are fine, ann, and ben; and a group of all of them. */
export async function synced(w: World): Promise<World> {
  const nine = Array.from({ length: 9 }, (_, n) => `p000${n}`);
  w.directory
    .people("p", 9)
    .person("ann")
    .person("ben")
    .group("team", [...nine, "ann", "ben"]);
  expect((await w.sync()).outcome).toBe("done");
  return w;
}

/** Every write to one of ann's objects is refused; returns the hours at which one was tried. */
export async function refused(w: World, fits: (call: Call) => boolean): Promise<number[]> {
  const tried: number[] = [];
  const start = w.clock.now();
  w.before = (call) => {
    if (!fits(call)) return;
    tried.push(Math.round((w.clock.now() - start) / hour));
    throw refusal();
  };
  return tried;
}

export async function refusedFor(
  w: World,
  login: string,
  method: Call["method"] = "patch",
): Promise<number[]> {
  const id = (await w.users()).get(`${login}@example.com`)?.id;
  return refused(w, (call) => call.method === method && call.id === id);
}

/** Cycles, one after each step. */
export async function cycles(w: World, n: number, stepMs: number): Promise<Report[]> {
  const reports: Report[] = [];
  for (let at = 0; at < n; at++) {
    w.clock.pass(stepMs);
    reports.push(await w.sync());
  }
  return reports;
}

/** Hours between one try and the next. */
export const gaps = (tried: readonly number[]) => tried.slice(1).map((at, index) => at - (tried[index] ?? 0));

import { expect, test } from "vitest";
import { Random } from "../simulation/random.ts";
import { type World, worlds } from "../world.ts";
import { undo } from "./undo.ts";

const world = worlds();
const people = Array.from({ length: 12 }, (_, n) => `p${String(n).padStart(4, "0")}`);
const groups = ["red", "green", "blue"];

/** One thing that happens in a directory. */
function happen({ directory }: World, random: Random, gone: Set<string>): void {
  const id = random.pick(people.filter((each) => !gone.has(each)));
  const group = random.pick(groups);
  const what = random.between(0, 8);
  if (what === 0) directory.person(id, { title: `T${random.between(0, 3)}` });
  else if (what === 1) directory.person(id, { name: `N${random.between(0, 3)}` });
  else if (what === 2) directory.person(id, { enabled: random.chance(0.5) });
  else if (what === 3) directory.person(id, { manager: random.pick(people) });
  else if (what === 4) directory.join(group, id);
  else if (what === 5) directory.leave(group, id);
  else if (what === 6) directory.person(id, { login: `${random.pick(people)}x${id}@example.com` });
  else if (what === 7) directory.clear(id, "title");
  else {
    gone.add(id);
    directory.remove(id);
  }
}

/** Accounts by id without versions and times, and the members of every group. */
async function state(w: World): Promise<unknown> {
  const users = [...(await w.users()).values()].map(({ meta: _meta, ...each }) => each);
  return { users: users.toSorted((a, b) => (a.id < b.id ? -1 : 1)), groups: await w.groups() };
}

test.each(Array.from({ length: 12 }, (_, n) => n + 1))(
  "whatever a run changed is as it was before, and stays so until the directory says something else (seed %i)",
  async (seed) => {
    const random = new Random(seed);
    const w = world({ limits: { neverHoldBelow: 1_000, memberRemovals: 1, deactivations: 1 } });
    const gone = new Set<string>();
    for (const id of people) w.directory.person(id, { title: "T0", manager: "p0000" });
    for (const group of groups)
      w.directory.group(
        group,
        people.filter(() => random.chance(0.5)),
      );
    await w.sync();
    for (let n = random.between(0, 5); n > 0; n--) happen(w, random, gone);
    await w.sync();
    w.approve();
    await w.sync();
    const before = await state(w);

    for (let n = random.between(3, 10); n > 0; n--) happen(w, random, gone);
    await w.sync();
    w.approve();
    const { run } = await w.sync();
    const written = w.store();
    const runs = written.journal.lastThatWrote(10).filter((each) => each >= run - 1);
    written.close();
    for (const each of runs) {
      const { tally } = await undo(w, each, {
        letThrough: ["deactivations", "identifier-changes", "cleared-values", "member-removals"],
      });
      expect(tally.failures).toEqual([]);
    }
    expect(await state(w)).toEqual(before);

    w.calls.splice(0);
    await w.sync();
    const report = await w.sync({ reconcile: true, full: true });
    expect(w.written).toEqual([]);
    expect(report.reconcile?.found).toEqual({});
    expect(await state(w)).toEqual(before);
  },
);

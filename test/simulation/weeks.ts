import type { Ownership } from "./invariants/invariant.ts";
import { isOn, wasRestored } from "./invariants/wanted.ts";
import type { Admin } from "./world/admin.ts";
import type { World } from "./world/world.ts";

const hour = 3_600_000;

/** Hours between the cycles: some a day while the schedule still grows, then one a day until everything but a removal would be given up. */
const pauses: readonly number[] = [...Array<number>(24).fill(3), ...Array<number>(27).fill(25)];

/** Somebody leaves, and the target refuses to switch them off for more than four weeks. Then it takes it, and nobody tells the product. */
export async function refuseForWeeks(world: World, admin: Admin, owners: Ownership): Promise<void> {
  const leaver = world.directory.people.find(
    (person) =>
      isOn(person) &&
      !world.poison.has(person.id) &&
      owners.accountsOf(person.id).some((id) => world.application.get(id)?.resource["active"] === true),
  );
  // An older state does not know whose accounts are its own.
  if (leaver === undefined || wasRestored(world)) return;
  world.trace.note(`directory: ${leaver.id} leaves, and the target refuses that for weeks`);
  world.edit({ limits: { ...world.settings.limits, neverHoldBelow: 1_000 } });
  world.directory.put({ ...leaver, enabled: false });
  world.poison.add(leaver.id);
  for (const pause of pauses) {
    world.timeline.pass(pause * hour);
    await world.run({ purpose: "sync", trigger: "schedule" });
    admin.approveWhatIsTrue();
  }
  world.timeline.pass(25 * hour);
  world.tell({ type: "removal is due", sourceId: leaver.id });
  world.poison.delete(leaver.id);
  await world.run({ purpose: "sync", trigger: "schedule" });
}

import { lacking } from "./i02-converges.ts";
import { wrongMembers } from "./i04-members.ts";
import type { Invariant } from "./invariant.ts";

export const oneBadObject: Invariant = {
  id: "I15",
  sentence: "an object that the target refuses keeps no other waiting, and the directory is still read",
  watch({ world, owners, broken }) {
    let unread = false;
    let calm = false;
    return (event) => {
      if (event.type === "faults stop") calm = true;
      // In a quarantine the clock waits for its next attempt.
      if (event.type === "cycle ends" && calm && event.end.type === "report")
        unread ||= event.end.report.read === undefined && event.end.report.outcome !== "quarantined";
      if (event.type !== "calm" || world.poison.size === 0) return;
      if (unread) broken("the directory was not read");
      for (const each of [...lacking(world, owners), ...wrongMembers(world, owners)]) broken(each);
    };
  },
};

import type { HeldNow, WriteCall } from "../world/events.ts";
import { attemptsIn } from "./attempts.ts";
import { takesAway } from "./i05-nobody-switched-off.ts";
import type { Eyes, Invariant } from "./invariant.ts";

export const heldStays: Invariant = {
  id: "I23",
  sentence:
    "what is held is not sent, and what always needs a person's word is sent only after a word that names it as it is",
  watch(eyes) {
    const { owners, broken } = eyes;
    let sent: WriteCall[] = [];
    return (event) => {
      if (event.type === "cycle begins") sent = [];
      if (event.type === "write") sent.push(event.call);
      if (event.type === "durable")
        for (const { action, targetId, sourceId, kind } of attemptsIn(event.written))
          if (action === "adopt" && targetId !== null) checkAdoption(eyes, kind, sourceId, targetId);
      if (event.type !== "cycle ends" || event.end.type !== "report") return;
      for (const held of event.end.held) {
        const call = sent.find((each) => isHeld(eyes, held, each));
        if (call !== undefined)
          broken(`#${call.n} was sent although it is held: ${held.class} ${held.sourceId}`);
      }
    };

    function isHeld({ world }: Eyes, held: HeldNow, call: WriteCall): boolean {
      const owner = call.method === "create" ? String(call.resource?.externalId) : owners.owner(call.id);
      if (held.class === "member-removals")
        return (
          call.remove?.some((id) => owners.owner(id) === held.sourceId) === true &&
          world.application.get(call.id)?.resource["displayName"] === held.group
        );
      if (owner !== held.sourceId || call.method === "members") return false;
      return held.class === "adoptions" || held.class === "creations" || takesAway(call);
    }
  },
};

/** Taking over an account: by an approval of this account for this person that is no older than three days, unless the policy says otherwise. */
function checkAdoption(
  { world, owners, approvals, broken }: Eyes,
  kind: string,
  sourceId: string,
  targetId: string,
): void {
  const approval = approvals.find(sourceId, ["adoptions"]);
  if (approval?.held.matchId === targetId) return;
  if (
    kind === "user" &&
    world.settings.policy.existingAccounts === "adopt" &&
    owners.owner(targetId) === sourceId
  )
    return;
  broken(`${targetId} is taken over for ${sourceId} without an approval that names both`);
}

import type { HeldNow, SimulationEvent, WriteCall } from "../world/events.ts";
import { attemptsIn, auditRowsIn } from "./attempts.ts";
import { takesAway } from "./i05-nobody-switched-off.ts";
import type { Eyes, Invariant } from "./invariant.ts";

export const heldStays: Invariant = {
  id: "I23",
  sentence:
    "what is held is not sent, and what always needs a person's word is sent only after a word that names it as it is",
  watch(eyes) {
    const { owners, broken } = eyes;
    let sent: WriteCall[] = [];
    const forgotten = new ForgottenCreations();
    return (event) => {
      forgotten.hear(event);
      if (event.type === "cycle begins") sent = [];
      if (event.type === "write") {
        sent.push(event.call);
        checkUnseen(eyes, event.call);
      }
      if (event.type === "durable")
        for (const { action, targetId, sourceId, kind } of attemptsIn(event.written))
          if (action === "adopt" && targetId !== null && !forgotten.has(sourceId))
            checkAdoption(eyes, kind, sourceId, targetId);
      if (event.type !== "cycle ends" || event.end.type !== "report") return;
      for (const held of event.end.held) {
        const call = sent.find((each) => isHeld(eyes, held, each));
        if (call !== undefined)
          broken(`#${call.n} was sent although it is held: ${held.class} ${held.sourceId}`);
      }
    };

    function isHeld({ world }: Eyes, held: HeldNow, call: WriteCall): boolean {
      const owner = call.method === "create" ? String(call.resource?.externalId) : owners.owner(call.id);
      if (held.group !== undefined)
        return (
          call.remove?.some((id) => owners.owner(id) === held.sourceId) === true &&
          world.application.get(call.id)?.resource["displayName"] === held.group
        );
      if (owner !== held.sourceId || call.method === "members") return false;
      return held.class === "adoptions" || held.class === "creations" || takesAway(call);
    }
  },
};

/**
 * Source ids of whom an older state that was put back says that a creation of theirs got no answer. An account that carries their external id is
 * then what that call made for all that anybody can tell, even if a later call made it, of which that state knows nothing.
 */
class ForgottenCreations {
  #unanswered: Map<number, string> = new Map();
  #kept: ReadonlyMap<number, string> = new Map();
  #forgotten: ReadonlySet<string> = new Set();

  has(sourceId: string): boolean {
    return this.#forgotten.has(sourceId);
  }

  hear(event: SimulationEvent): void {
    if (event.type === "state kept") this.#kept = new Map(this.#unanswered);
    if (event.type === "state restored") {
      this.#unanswered = new Map(this.#kept);
      this.#forgotten = new Set(this.#kept.values());
    }
    if (event.type !== "durable") return;
    for (const row of auditRowsIn(event.written)) {
      if (row.event === "attempt" && row.action.startsWith("create"))
        this.#unanswered.set(row.seq, row.sourceId);
      if (row.attempt !== null && (row.outcome === "done" || row.outcome === "failed"))
        this.#unanswered.delete(row.attempt);
    }
  }
}

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

/** Whom the directory only shows no more loses access by a person's word alone, that named them and what is wanted of them as it still is. */
function checkUnseen({ world, owners, approvals, broken }: Eyes, call: WriteCall): void {
  const owner = owners.owner(call.id);
  const held = world.application.get(call.id);
  if (owner === undefined || held === undefined || call.method === "members" || !takesAway(call)) return;
  if (held.kind === "user" && call.method !== "delete" && held.resource["active"] !== true) return;
  const wanted = approvals.wanted(owner);
  if (wanted?.evidence !== "not-visible") return;
  if (!approvals.any(owner, ["not-visible"], { desired: wanted.desired }))
    broken(
      `#${call.n} ${call.method} takes ${call.id} away from ${owner}, who is only not visible, without an approval of just that`,
    );
}

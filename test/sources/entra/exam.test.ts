import { type EntraTenant, startEntraTenant } from "../../stand-ins/entra/tenant.ts";
import { examineSource } from "../exam.ts";
import { EntraWorld } from "./entra-world.ts";

examineSource("Entra ID", async () => new EntraWorld(await startEntraTenant()));

examineSource("Entra ID with all that the service is allowed to do", async () => {
  const tenant = await startEntraTenant();
  Object.assign(tenant.switches, {
    deltaPageSize: 3,
    memberPageSize: 2,
    listPageSize: 2,
    emptyPageEvery: 2,
    repeats: true,
    hardDeleteTellsGroups: false,
  });
  return new EntraWorld(tenant, { deletesForGood: true, upset: troublesInTurn(tenant) });
});

/** With every change of the tenant one of the next requests goes wrong, each time in another way. */
function troublesInTurn(tenant: EntraTenant): () => void {
  const hows = [
    { type: "throttle", retryAfter: 2.128 },
    { type: "status", status: 503, retryAfter: 1 },
    { type: "cut", bytes: 40 },
    { type: "status", status: 500 },
    { type: "unauthorized" },
    { type: "throttle", retryAfter: "none" },
    { type: "lose" },
    { type: "status", status: 502 },
    { type: "delay", ms: 5 },
    { type: "status", status: 504 },
  ] as const;
  let count = 0;
  return () => {
    const how = hows[count++ % hows.length];
    if (how !== undefined && tenant.faults.length < 4) tenant.faults.push({ how, after: count % 3 });
  };
}

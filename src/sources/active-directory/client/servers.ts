import type { SrvRecord } from "node:dns";
import { TransientError } from "../../../errors.ts";
import { type Endpoint, endpointOf } from "./endpoint.ts";

export type ResolveSrv = (name: string, signal: AbortSignal) => Promise<readonly SrvRecord[]>;

/** The domain's controllers as DNS lists them (_ldap._tcp.dc._msdcs, MS-ADTS 6.3.6), in the order of RFC 2782, spoken to by LDAPS. */
export async function discover(
  domain: string,
  resolve: ResolveSrv,
  random: () => number,
  signal: AbortSignal,
): Promise<readonly Endpoint[]> {
  const name = `_ldap._tcp.dc._msdcs.${domain}`;
  let records: readonly SrvRecord[];
  try {
    records = await resolve(name, signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw new TransientError(`DNS names no domain controllers of ${domain} (SRV record ${name})`, {
      outcome: "none",
      cause,
      hint: "let this machine use a DNS server of the domain, or name the domain controllers by url",
    });
  }
  if (records.length === 0) {
    throw new TransientError(`DNS names no domain controllers of ${domain} (SRV record ${name} is empty)`, {
      outcome: "none",
      hint: "let this machine use a DNS server of the domain, or name the domain controllers by url",
    });
  }
  return inOrder(records, random).map((record) => endpointOf(`ldaps://${record.name.replace(/\.$/, "")}`));
}

/** Lowest priority first; within one, chosen at random in proportion to the weight. */
function inOrder(records: readonly SrvRecord[], random: () => number): readonly SrvRecord[] {
  const priorities = [...new Set(records.map((record) => record.priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    byWeight(
      records.filter((record) => record.priority === priority),
      random,
    ),
  );
}

function byWeight(records: readonly SrvRecord[], random: () => number): readonly SrvRecord[] {
  const left = [...records].sort((a, b) => a.weight - b.weight);
  const order: SrvRecord[] = [];
  while (left.length > 0) {
    const point = random() * left.reduce((sum, record) => sum + record.weight, 0);
    let reached = 0;
    const index = left.findIndex((record) => {
      reached += record.weight;
      return reached >= point;
    });
    order.push(...left.splice(Math.max(index, 0), 1));
  }
  return order;
}

import { reloading, type ServiceNotifier } from "./systemd.ts";
import type { Worker } from "./worker.ts";
import type { WorkerStatus } from "./worker-status.ts";

/** Keeps the line up to date that `systemctl status` shows; the answer ends that. */
export function tellSystemd(worker: Pick<Worker, "watch" | "status">, notifier: ServiceNotifier): () => void {
  let told = "";
  return worker.watch(({ type }) => {
    if (type === "progress") return;
    const line = statusLine(worker.status());
    if (line === told) return;
    told = line;
    void notifier.send(line);
  });
}

/** A reload that a person asked for, as systemd follows it. */
export async function reloadTold(
  worker: Pick<Worker, "reload" | "status">,
  notifier: ServiceNotifier,
): Promise<void> {
  await notifier.send(...reloading());
  await worker.reload();
  await notifier.send("READY=1", statusLine(worker.status()));
}

/** "STATUS=2 connections; working on staff; next cycle: crew at 14:20:00Z" */
export function statusLine({ connections, refused, stopping }: WorkerStatus): string {
  const working = connections.filter(({ doing }) => doing !== undefined).map(({ connection }) => connection);
  const next = connections
    .flatMap(({ connection, nextAt }) => (nextAt === undefined ? [] : [{ connection, nextAt }]))
    .toSorted((a, b) => a.nextAt - b.nextAt)[0];
  const parts = [
    ...(stopping ? ["stopping"] : []),
    connections.length === 1 ? "1 connection" : `${connections.length} connections`,
    ...(working.length === 0 ? [] : [`working on ${working.join(", ")}`]),
    ...(next === undefined
      ? []
      : [`next cycle: ${next.connection} at ${new Date(next.nextAt).toISOString().slice(0, 19)}Z`]),
    ...(refused === undefined ? [] : ["the changed configuration is not taken (see the log)"]),
  ];
  return `STATUS=${parts.join("; ")}`;
}

import { connectionNamed } from "../connection.ts";
import { ConfigurationError } from "../errors.ts";
import type { Kind, StoredResource } from "../scim/resource.ts";
import type { WideRow } from "../store/rows.ts";
import { accountNamed, boundTo, whyNotBound, whyProtected } from "../sync/bind.ts";
import { type PlanItem, plan } from "../sync/plan.ts";
import { readSubject } from "../sync/read-subject.ts";
import type { Work } from "../sync/work.ts";
import { dryRun, isForReal, reasonFor } from "./decide.ts";
import { type Invocation, isSet } from "./invocation.ts";
import { openConfig, withConnection } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { planItemLines } from "./output/plan-item.ts";
import { wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";

/** What a link brings together, and what follows from it. */
interface Linking {
  readonly connection: string;
  readonly target: string;
  readonly kind: Kind;
  readonly row: WideRow;
  readonly account: StoredResource;
  readonly isDone: boolean;
  /** The two belonged together before. */
  readonly isOld: boolean;
  readonly next: readonly PlanItem[];
}

/** `rollcall link`: one person and one account, or two groups, bound by hand. What differs is then an ordinary change, with all guards. */
export async function run(invocation: Invocation): Promise<number> {
  const [key = "", account = "", name] = invocation.arguments;
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const named = connectionNamed(config, name);
  const kind = isSet(invocation.flags, "group") ? "group" : "user";
  const reason = await reasonFor(invocation, `Why does ${key} get ${account}?`);
  return withConnection(invocation, config, named, async (connection, clear) => {
    const work = connection.begin({ purpose: "plan", trigger: "link by hand" });
    try {
      const linking = await link(work, kind, key, account, isForReal(invocation) ? reason : undefined);
      clear();
      show(screen, linking);
      work.store.runs.end(work.run, work.clock.now(), "done", undefined, {});
      return 0;
    } catch (error) {
      work.store.runs.end(work.run, work.clock.now(), "failed", "the link was not made", {});
      throw error;
    }
  });
}

/** `reason`: undefined for a dry run. */
async function link(
  work: Work,
  kind: Kind,
  key: string,
  account: string,
  reason: string | undefined,
): Promise<Linking> {
  const { store, config, clock } = work;
  const { row } = await readSubject(work, kind, key);
  const current = await accountNamed(work, kind, account);
  const problem = whyNotBound(work, row, current.id) ?? whyProtected(work, row, current);
  if (problem !== undefined) {
    throw new ConfigurationError(`${config.name}: ${row.label || row.sourceId} ${problem}`, {
      hint: "one account follows one person: cut the other link first (rollcall unlink), or move it (rollcall transfer)",
    });
  }
  const about = { connection: config.name, target: config.target.name, kind, row, account: current };
  if (row.targetId === current.id) return { ...about, isDone: false, isOld: true, next: [] };
  const bound = boundTo(work, row, current);
  const bind = () => {
    const decision = {
      run: work.run,
      actor: work.actor,
      at: clock.now(),
      reason: reason ?? "",
      action: "link",
    };
    store.bindings.bind(row, bound, decision);
    return [...plan(work, { touchedUpTo: Number.MAX_SAFE_INTEGER, only: row.id })];
  };
  if (reason === undefined) return { ...about, isDone: false, isOld: false, next: store.rehearse(bind) };
  store.bindings.claim(clock.now(), [{ kind, sourceId: row.sourceId, targetId: current.id }]);
  return { ...about, isDone: true, isOld: false, next: store.transaction(bind) };
}

function show(screen: Screen, { row, account, ...linking }: Linking): void {
  const { connection, target, kind, isDone, isOld, next } = linking;
  const isUser = kind === "user";
  const name = account[isUser ? "userName" : "displayName"];
  const isOff = isUser && account["active"] === false;
  screen.document("Link", {
    connection,
    object: { kind, sourceId: row.sourceId, label: row.label },
    account: { id: account.id, name: name ?? null, externalId: account.externalId ?? null, active: !isOff },
    done: isDone,
    already: isOld,
    next,
  });
  if (screen.quiet) return;
  const text = (title: string, words: string) =>
    wrap(escaped(words), screen.width - 12).map(
      (line, at) => `  ${(at === 0 ? title : "").padEnd(9)} ${line}`,
    );
  screen.line(`${connection}  link by hand`);
  screen.lines(
    text(
      isUser ? "person" : "group",
      `${row.label || "(no name)"}, id ${row.sourceId}, ${row.reason || "in scope"}`,
    ),
  );
  const carries = account.externalId === undefined ? "no external id" : `external id ${account.externalId}`;
  const state = isUser ? `, ${isOff ? "switched off" : "active"}` : "";
  screen.lines(
    text("account", `${String(name ?? "(no name)")} at ${target}, id ${account.id}${state}, ${carries}`),
  );
  if (isOld) {
    screen.lines(["", "They are linked already: nothing to do."]);
    return;
  }
  screen.lines(["", "What the next sync would do then, as far as the limits let it:"]);
  if (next.length === 0) screen.line("  nothing: the account is as it should be");
  const layout = { paint: screen.paint, width: screen.width, detailed: screen.verbose };
  screen.lines(next.flatMap((item) => planItemLines(item, layout)));
  screen.line();
  if (isDone)
    screen.line(`${screen.paint.add("✓")} Linked. Now, or with the next cycle: rollcall sync ${connection}`);
  else screen.line(dryRun);
}

import type { Config, ConnectionConfig } from "../config/config.ts";
import { ConfigurationError } from "../errors.ts";
import { type Retirement, retirementOf, setRetirement } from "../store/retirement.ts";
import { keepRules } from "../sync/kept-rules.ts";
import { beginJudging } from "../sync/look-at-edit.ts";
import type { Work } from "../sync/work.ts";
import { actorOf } from "./actor.ts";
import { dryRun, isForReal, reasonFor } from "./decide.ts";
import type { Invocation } from "./invocation.ts";
import { withConnection } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { counted } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { createScreen } from "./screen.ts";

/**
 * Begins or takes back the retirement of a connection. From then on every cycle judges that nobody is to be active: the deactivations are
 * planned, limited, held and approved like any others. Taken back, everybody is judged anew at once, so that nothing of it is left to be applied.
 */
export async function switchOff(
  invocation: Invocation,
  config: Config,
  name: string,
  way: "begin" | "cancel",
): Promise<number> {
  const screen = createScreen(invocation);
  const connection = configured(config, name);
  const reason = await reasonFor(
    invocation,
    `Why is the retirement of ${name} ${way === "begin" ? "begun" : "taken back"}?`,
  );
  return withConnection(invocation, config, connection, async (opened, clear) => {
    const isDone = isForReal(invocation);
    const before = retirementOf(opened.store.meta);
    const active = opened.store.people.managedActive("user");
    const at = invocation.io.clock.now();
    if (isDone) {
      const actor = actorOf(invocation.io);
      const retirement = way === "begin" ? { since: at, actor, reason } : undefined;
      opened.store.transaction(() => {
        setRetirement(opened.store.meta, retirement);
        const run = opened.store.runs.latest(1)[0]?.id ?? 0;
        opened.store.audit.decisionOnAll(
          run,
          actor,
          at,
          way === "begin" ? "retire" : "cancel retirement",
          reason,
        );
      });
      if (way === "cancel")
        await judgeAnew(opened.begin({ purpose: "plan", trigger: "retirement taken back" }));
    }
    clear();
    screen.document("ConnectionRetire", { connection: name, way, activeAccounts: active, done: isDone });
    screen.lines(
      wrap(escaped(`${name}: ${sentence(way, active, isDone, before)}`), screen.width - 2).map(
        (line, index) => `${index === 0 && isDone ? screen.paint.add("✓") : " "} ${line}`,
      ),
    );
    screen.line(
      isDone ? `  Next: rollcall plan ${escaped(name)}   then: rollcall sync ${escaped(name)}` : dryRun,
    );
    return 0;
  });
}

function configured({ connections, file }: Config, name: string): ConnectionConfig {
  const found = connections.find((each) => each.name === name);
  if (found !== undefined) return found;
  throw new ConfigurationError(
    `to switch accounts off, "${name}" has to be in ${file}: its source and target are described there`,
    {
      hint: `put it back for as long as that takes, or let the accounts go as they are: rollcall connection retire ${name} --release`,
    },
  );
}

async function judgeAnew(work: Work): Promise<void> {
  const { store, run, judge, clock } = work;
  beginJudging(work);
  await store.rejudgeAll(run, judge);
  store.recomputeGroups(judge.flatten);
  keepRules(store, work.rules);
  store.runs.end(run, clock.now(), "done", undefined, {});
}

function sentence(
  way: "begin" | "cancel",
  active: number,
  isDone: boolean,
  before: Retirement | undefined,
): string {
  const accounts = counted(active, "active account");
  if (way === "cancel") {
    if (before === undefined) return "is not being retired";
    return isDone
      ? "goes on; who was switched off is switched on again"
      : "would go on; who was switched off would be switched on again";
  }
  if (before !== undefined) return `is being retired already; ${accounts} left`;
  return isDone
    ? `is being retired: the next cycles switch off its ${accounts}, within the limits; groups, values and memberships stay`
    : `${accounts} would be switched off by the next cycles, within the limits; groups, values and memberships stay`;
}

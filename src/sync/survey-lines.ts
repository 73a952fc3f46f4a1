import type { Kind } from "../scim/resource.ts";
import type { WideRow } from "../store/rows.ts";
import type { SurveyedAccount, SurveyList } from "../store/survey-list.ts";
import type { Work } from "./work.ts";

/** What a survey says of one person, group or account. */
export type SurveyStatus =
  | "linked"
  | "matched"
  /** Several accounts for one, or several people for one account. */
  | "ambiguous"
  /** The account belongs to another connection. */
  | "claimed"
  | "new"
  | "disabled"
  /** By the default scope. */
  | "left out"
  | "out of scope"
  | "mapping fails"
  /** Gone from the directory, with an account of ours. */
  | "gone"
  /** At the target, and nobody's. */
  | "only at the target";

/** One person or group of the directory, or one account or group that only the target has. */
export interface SurveyLine {
  readonly kind: Kind;
  readonly status: SurveyStatus;
  readonly sourceId: string;
  /** As the mapping names them. */
  readonly name: string;
  /** Of the account that was found; "" where there is none, or no single one. */
  readonly targetId: string;
  readonly account: string;
  /** Match attribute; "" where nothing was matched. */
  readonly by: string;
  /** Of the account; undefined without one. */
  readonly isActive: boolean | undefined;
  /** Pushed groups that a person is in; undefined for others than people in scope. */
  readonly groups: number | undefined;
  readonly note: string;
}

type Parts = Pick<Work, "store" | "config">;

/** Everybody on one line each: first the directory's people and groups, in the order in which they were first read, then what only the target has. */
export function* surveyLines(work: Parts, list: SurveyList): Iterable<SurveyLine> {
  for (const kind of ["user", "group"] as const) {
    for (let after = 0; ; ) {
      const page = work.store.people.page(kind, after, 200);
      for (const row of page) yield lineOf(work, row, list);
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.id;
    }
    for (const account of list.ofNobody(kind)) yield strangerOf(work, kind, account);
  }
}

function lineOf(work: Parts, row: WideRow, list: SurveyList): SurveyLine {
  const { kind, sourceId, label: name } = row;
  const isWanted = row.intent === "active" && row.problem === null && row.presence === "present";
  const groups = kind === "user" && isWanted ? work.store.people.countGroups(row.id) : undefined;
  const plain = {
    kind,
    sourceId,
    name,
    targetId: "",
    account: "",
    by: "",
    isActive: undefined,
    groups,
    note: "",
  };
  if (row.targetId !== null) {
    const account = list.account(kind, row.targetId);
    const isGone = row.presence !== "present";
    return {
      ...plain,
      ...ofAccount(account),
      targetId: row.targetId,
      status: isGone ? "gone" : "linked",
      note: isGone || row.intent !== "active" ? row.reason : "",
    };
  }
  if (row.problem !== null) return { ...plain, status: "mapping fails", note: row.problem };
  if (row.reasonCode === "excluded") return { ...plain, status: "left out", note: row.reason };
  if (row.reasonCode === "disabled") return { ...plain, ...disabledOf(work, row, list), status: "disabled" };
  if (row.intent !== "active")
    return { ...plain, status: "out of scope", note: row.rule === "" ? row.reason : row.rule };
  return { ...plain, ...verdictOn(work, row, list) };
}

/** The account of somebody who is to have one: as a sync would decide, but with everybody who claims it in view. */
function verdictOn(
  work: Parts,
  row: WideRow,
  list: SurveyList,
): Pick<SurveyLine, "status"> & Partial<SurveyLine> {
  const handed = work.store.claims.handedTo(row.kind, row.sourceId);
  if (handed !== undefined) {
    const note = `${handed.targetId} was handed to ${handed.sourceId} of connection ${handed.connection}`;
    return { status: "claimed", note };
  }
  const found = list.foundFor(row.id);
  const [one, another] = found;
  if (one === undefined) return { status: "new" };
  if (one.targetId === "") return { status: "ambiguous", note: `cannot be looked up: ${one.path}` };
  const noun = row.kind === "user" ? "accounts" : "groups";
  if (another !== undefined) {
    const ids = found.slice(0, 3).map(({ targetId }) => targetId);
    return {
      status: "ambiguous",
      by: one.path,
      note: `${found.length} ${noun} have the same ${one.path}: ${ids.join(", ")}${found.length > 3 ? ", ..." : ""}`,
    };
  }
  const account = list.account(row.kind, one.targetId);
  const owner = work.store.claims.owner(row.kind, one.targetId);
  if (owner !== undefined && owner.connection !== work.config.name) {
    const note = `belongs to ${owner.sourceId} of connection ${owner.connection}`;
    return {
      status: "claimed",
      by: one.path,
      ...ofAccount(account),
      targetId: "",
      note: `${one.targetId} ${note}`,
    };
  }
  const rivals = list.foundAs(row.kind, one.targetId).filter((each) => each.row !== row.id);
  const [rival] = rivals.filter(
    (each) => each.path === "" || each.path === "externalId" || one.path !== "externalId",
  );
  if (rival === undefined) return { status: "matched", by: one.path, ...ofAccount(account) };
  const who = work.store.pending.row(rival.row);
  const name = who?.label === "" ? who.sourceId : (who?.label ?? "somebody else");
  const how = rival.path === "" ? `is linked to ${name}` : `was found for ${name} too, by ${rival.path}`;
  return { status: "ambiguous", by: one.path, note: `${one.targetId} ${how}` };
}

/** No account is proposed for them: whoever links one has it switched off. One that another connection looks after is no concern of ours. */
function disabledOf(work: Parts, row: WideRow, list: SurveyList): Partial<SurveyLine> {
  const [one, another] = list.foundFor(row.id);
  const account =
    one === undefined || another !== undefined ? undefined : list.account(row.kind, one.targetId);
  if (one === undefined || account === undefined) return { note: row.reason };
  const owner = work.store.claims.owner(row.kind, account.targetId);
  if (owner !== undefined && owner.connection !== work.config.name)
    return { note: `${row.reason}; account ${account.targetId} belongs to connection ${owner.connection}` };
  const state = account.isOff === 1 ? "is switched off" : "is active";
  return {
    by: one.path,
    account: account.name,
    isActive: account.isOff === 0,
    note: `${row.reason}; account ${account.targetId} ${state}`,
  };
}

function ofAccount(account: SurveyedAccount | undefined): Partial<SurveyLine> {
  if (account === undefined) return {};
  return { targetId: account.targetId, account: account.name, isActive: account.isOff === 0 };
}

function strangerOf(work: Parts, kind: Kind, account: SurveyedAccount): SurveyLine {
  const owner = work.store.claims.owner(kind, account.targetId);
  const isOthers = owner !== undefined && owner.connection !== work.config.name;
  return {
    kind,
    status: isOthers ? "claimed" : "only at the target",
    sourceId: "",
    name: "",
    targetId: account.targetId,
    account: account.name,
    by: "",
    isActive: account.isOff === 0,
    groups: undefined,
    note: isOthers ? `belongs to ${owner.sourceId} of connection ${owner.connection}` : "",
  };
}

import type { Kind } from "../scim/resource.ts";
import type { Judge, Judgement } from "../store/judgement.ts";
import type { Store } from "../store/store.ts";

/** What a mapping and a scope make of everybody of one kind whom a snapshot holds, as far as it is suspicious. */
export interface Suspicious {
  readonly present: number;
  readonly inScope: number;
  /** When they were last judged. */
  readonly wasInScope: number;
  /** Were in the scope and are not. */
  readonly leave: number;
  /** The mapping or a rule cannot be evaluated for them: how many, and the first sentence. */
  readonly failing: { readonly count: number; readonly first: string };
  /** Would get a name that somebody else gets too: how many, and the first such name. */
  readonly sameName: { readonly count: number; readonly first: string };
  /** Of those who are wanted at the target; SCIM paths that are empty for each of them. */
  readonly empty: { readonly of: number; readonly paths: readonly string[] };
  /** What those who are wanted at the target would be called there, in small letters. */
  readonly names: ReadonlySet<string>;
}

/** What was found out about everybody. */
export interface LookedAt {
  readonly user: Suspicious;
  readonly group: Suspicious;
  /** Of the keys that were asked for those that stand in no record, by kind and key. */
  readonly nobody: ReadonlySet<string>;
}

/** How a key is named in what comes back. */
export function keyName(kind: Kind, key: string): string {
  return `${kind} ${key}`;
}

/**
 * Judges everybody once, from the records of the last read; nothing is written. `keys` are looked for as whole values of records. Costs the size of the
 * snapshot.
 */
export function lookForSuspicious(
  store: Store,
  judge: Judge,
  now: number,
  keys: readonly { readonly kind: Kind; readonly key: string }[],
): LookedAt {
  const found = { user: new Look(), group: new Look() };
  const open = new Map(
    keys.map(({ kind, key }) => [keyName(kind, key), { kind, text: JSON.stringify(key).toLowerCase() }]),
  );
  for (const { kind, record, text, wasInScope, standing } of store.knownRecords()) {
    found[kind].add(judge.present(kind, record, now, standing), wasInScope === 1);
    if (open.size === 0) continue;
    const small = text.toLowerCase();
    for (const [name, wanted] of open)
      if (wanted.kind === kind && small.includes(wanted.text)) open.delete(name);
  }
  return { user: found.user.result(), group: found.group.result(), nobody: new Set(open.keys()) };
}

/** Takes one judgement after the other. */
class Look {
  #present = 0;
  #inScope = 0;
  #wasInScope = 0;
  #leave = 0;
  #wanted = 0;
  readonly #failing = { count: 0, first: "" };
  readonly #sameName = { count: 0, first: "" };
  readonly #names = new Set<string>();
  #empty: Set<string> | undefined;

  add(judged: Judgement, wasInScope: boolean): void {
    this.#present += 1;
    if (wasInScope) this.#wasInScope += 1;
    if (!judged.inScope) {
      if (wasInScope) this.#leave += 1;
      return;
    }
    this.#inScope += 1;
    if (judged.problem !== undefined) {
      this.#failing.count += 1;
      this.#failing.first ||= judged.problem;
    } else if (judged.intent === "active") this.#addWanted(judged);
  }

  #addWanted({ body = {}, references, label }: Judgement): void {
    this.#wanted += 1;
    const name = label.toLowerCase();
    if (this.#names.has(name)) {
      this.#sameName.count += 1;
      this.#sameName.first ||= label;
    }
    this.#names.add(name);
    this.#empty ??= new Set([...Object.keys(body), ...Object.keys(references)]);
    // Most have a value for the first few people, and are not looked at again.
    for (const path of this.#empty)
      if ((body[path] ?? references[path] ?? null) !== null) this.#empty.delete(path);
  }

  result(): Suspicious {
    return {
      present: this.#present,
      inScope: this.#inScope,
      wasInScope: this.#wasInScope,
      leave: this.#leave,
      failing: this.#failing,
      sameName: this.#sameName,
      empty: { of: this.#wanted, paths: [...(this.#empty ?? [])] },
      names: this.#names,
    };
  }
}

import { join } from "node:path";
import type { Clock } from "../clock.ts";
import type { Kind } from "../scim/resource.ts";
import { assignedRoots, losingAssignment, type Roots } from "./assignments.ts";
import { Audit } from "./audit.ts";
import { BeforeEdit } from "./before-edit.ts";
import { Bindings } from "./bindings.ts";
import { Claims } from "./claims.ts";
import { Comparison } from "./comparison.ts";
import { Configurations } from "./configurations.ts";
import { type Db, openDatabase, storeFailure } from "./database.ts";
import { Edits } from "./edits.ts";
import { Failures } from "./failures.ts";
import { Findings } from "./findings.ts";
import { type FinishedRead, finishRead, storedCursor } from "./finish.ts";
import { Forgetting } from "./forget.ts";
import { Gone } from "./gone.ts";
import { Holds } from "./holds.ts";
import { refuseIfMoved, refuseIfRestoring } from "./house.ts";
import { Journal } from "./journal.ts";
import type { Judge } from "./judgement.ts";
import { type Marking, markEdits } from "./mark-edits.ts";
import { Matches } from "./matches.ts";
import { Memberships } from "./memberships.ts";
import { Meta } from "./meta.ts";
import { Names } from "./names.ts";
import { Outcomes } from "./outcomes.ts";
import { Pauses } from "./pauses.ts";
import { Pending } from "./pending.ts";
import { People } from "./people.ts";
import { prepared } from "./prepared.ts";
import { Protections } from "./protections.ts";
import { PutBack } from "./put-back.ts";
import { Quarantines } from "./quarantines.ts";
import { type KnownRecord, knownRecords } from "./records.ts";
import { References } from "./references.ts";
import { rejudgeAll, rejudgeDue } from "./rejudge.ts";
import { Reports } from "./reports.ts";
import { Resets } from "./resets.ts";
import { Runs } from "./runs.ts";
import { Stage } from "./stage.ts";
import { Window } from "./window.ts";

export interface StoreOptions {
  /** The state folder. */
  readonly folder: string;
  readonly connection: string;
  readonly target: string;
  readonly clock: Clock;
  /** False: only look; a snapshot that does not exist is an error. */
  readonly create: boolean;
  /** A copy that nobody needs any more once it is closed: nothing has to survive a power cut. */
  readonly isCopy?: boolean;
}

/**
 * The snapshot of one connection: what the directory said, what is wanted, what the target accepted, and everything in between. One SQLite
 * file beside one file of claims a target. Synchronous on purpose: one transaction a page, a finish, a dispatch window, a settle, and never
 * an await inside one.
 */
export class Store {
  readonly #db: Db;
  readonly #clock: Clock;
  /** Rows that an edit judges otherwise than before, as this run found. */
  #otherwise: { readonly run: number; readonly rows: readonly number[] } | undefined;
  readonly claims: Claims;
  readonly meta: Meta;
  readonly runs: Runs;
  readonly quarantine: Quarantines;
  readonly pause: Pauses;
  readonly pending: Pending;
  readonly matches: Matches;
  readonly names: Names;
  readonly memberships: Memberships;
  readonly references: References;
  readonly outcomes: Outcomes;
  readonly holds: Holds;
  readonly window: Window;
  readonly protections: Protections;
  readonly edits: Edits;
  readonly bindings: Bindings;
  readonly people: People;
  readonly comparison: Comparison;
  readonly findings: Findings;
  readonly failures: Failures;
  readonly forgetting: Forgetting;
  readonly gone: Gone;
  readonly resets: Resets;
  readonly audit: Audit;
  readonly configurations: Configurations;
  readonly reports: Reports;
  readonly journal: Journal;
  readonly putBack: PutBack;

  private constructor(db: Db, claims: Claims, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    this.claims = claims;
    this.meta = new Meta(db);
    this.pending = new Pending(db);
    this.matches = new Matches(db);
    this.names = new Names(db);
    this.memberships = new Memberships(db);
    this.audit = new Audit(db);
    this.configurations = new Configurations(db, this.audit);
    this.runs = new Runs(db, this.audit);
    this.quarantine = new Quarantines(db);
    this.pause = new Pauses(db);
    this.references = new References(db, this.audit);
    this.outcomes = new Outcomes(db, this.audit, claims, this.memberships);
    this.holds = new Holds(db);
    this.window = new Window(db);
    this.protections = new Protections(db);
    this.edits = new Edits(db);
    this.people = new People(db);
    this.comparison = new Comparison(db);
    this.bindings = new Bindings(db, this);
    this.findings = new Findings(db);
    this.failures = new Failures(db);
    this.forgetting = new Forgetting(db, this.audit);
    this.gone = new Gone(db);
    this.resets = new Resets(db, { claims, audit: this.audit });
    this.reports = new Reports(db);
    this.journal = new Journal(db);
    this.putBack = new PutBack(db, this.audit);
  }

  /** Throws one of our errors, also for what the disk does; what was opened is closed again. */
  static open(options: StoreOptions): Store {
    const { folder, connection, target, clock, create } = options;
    const opened: { close(): void }[] = [];
    refuseIfRestoring(folder);
    if (create) refuseIfMoved(folder);
    try {
      const db = openDatabase(join(folder, `${connection}.db`), "connection", { create });
      opened.push(db);
      if (options.isCopy === true)
        for (const each of ["synchronous", "secure_delete"]) db.pragma(`${each} = OFF`);
      const claims = Claims.open(folder, target, connection);
      opened.push(claims);
      const store = new Store(db, claims, clock);
      store.meta.bind("connection", connection, connection);
      claims.checkSnapshot(store.meta.get("lineage") ?? "", store.meta.number("serial"));
      return store;
    } catch (error) {
      for (const each of opened.toReversed()) each.close();
      throw storeFailure(error) ?? error;
    }
  }

  close(): void {
    this.#db.close();
    this.claims.close();
  }

  get cursor(): ReturnType<typeof storedCursor> {
    return storedCursor(this.#db);
  }

  /** Begins to take in a read. `judgeUnchanged`: judge records again that say what we know (for one person, after an edit of the mapping). */
  stage(run: number, judge: Judge, options: { readonly judgeUnchanged?: boolean } = {}): Stage {
    return new Stage(this.#db, run, judge, this.#clock.now(), options.judgeUnchanged === true);
  }

  /** Ends a complete read: absences are decided by now, the cursor moves together with all rows. */
  finish(stage: Stage, finished: Omit<FinishedRead, "at">, judge: Judge): void {
    const parts = { stage, memberships: this.memberships, meta: this.meta };
    finishRead(this.#db, parts, { ...finished, at: this.#clock.now() }, judge);
    // Every group was computed like this by now.
    if (this.meta.get("flattened") !== String(judge.flatten))
      this.meta.set("flattened", String(judge.flatten));
    this.claims.recordSnapshot(this.meta.get("lineage") ?? "", this.meta.number("serial"));
  }

  /** Who is about to lose the assignment that this read has told of, with an active account: source ids. Call before the finish. */
  losingAssignment(run: number, roots: Roots): string[] {
    return losingAssignment(this.#db, run, roots);
  }

  /** Source ids of those whom the connection was limited to when it was last read. */
  assignedRoots(): string[] {
    return assignedRoots(this.#db);
  }

  /** Everybody whom the last reads showed, as the directory described them. */
  knownRecords(): Iterable<KnownRecord> {
    return knownRecords(this.#db);
  }

  /** Whether the pilot has anybody in it. */
  get somePiloted(): boolean {
    return prepared(this.#db, "select 1 from resource where piloted = 1 limit 1").get() !== undefined;
  }

  /** From now on remembers what was wanted before. Only on a copy: the schema is another one afterwards. */
  rememberBefore(): BeforeEdit {
    return new BeforeEdit(this.#db, this.#clock.now());
  }

  /** Computes changed groups again outside of a read (on demand, or after somebody's time has come). */
  recomputeGroups(flatten: boolean): void {
    this.transaction(() => this.memberships.recompute(flatten));
  }

  /** What an edit of the configuration alone would take away is marked, before a read is written down. */
  async markEdits(run: number, judge: Judge, marking: Marking): Promise<void> {
    const rows = await markEdits(this.#db, run, judge, this.#clock.now(), marking);
    this.#otherwise = marking.only === undefined ? { run, rows } : undefined;
  }

  rejudgeDue(run: number, judge: Judge): number {
    return rejudgeDue(this.#db, run, judge, this.#clock.now());
  }

  async rejudgeAll(run: number, judge: Judge): Promise<void> {
    const known = this.#otherwise?.run === run ? this.#otherwise.rows : undefined;
    this.#otherwise = undefined;
    await rejudgeAll(this.#db, run, judge, this.#clock.now(), known);
  }

  /** How many people or groups the snapshot holds as present. */
  present(kind: Kind): number {
    return this.people.counts(kind).present;
  }

  /** Whether the last reads showed this person or group. */
  isPresent(sourceId: string): boolean {
    return (
      prepared(this.#db, "select 1 from resource where source_id = ? and presence = 'present'").get(
        sourceId,
      ) !== undefined
    );
  }

  /** How many of them are in scope. */
  inScope(kind: Kind): number {
    return this.people.counts(kind).inScope;
  }

  transaction<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }

  /** What would come of it: done, looked at, and taken back. */
  rehearse<T>(work: () => T): T {
    const seen: T[] = [];
    const back = new Error("taken back");
    try {
      this.transaction(() => {
        seen.push(work());
        throw back;
      });
    } catch (error) {
      if (error !== back) throw error;
    }
    return seen[0] as T;
  }
}

/** A secret while somebody logs in with it: which of its values is tried, and which were refused. */
import { createHmac, randomBytes } from "node:crypto";
import type { Clock } from "./clock.ts";
import { ConfigurationError, CredentialsRefused } from "./errors.ts";
import { readSecrets, type Secret, type SecretReference } from "./secret.ts";

/** So long a value that was refused is not tried again where wrong ones lock the account, in ms. */
const restMs = 24 * 3_600_000;

/**
 * Which values were refused, and which one worked last, for as long as the process lives. Values are remembered by a digest with a key of this
 * process alone, and never written down.
 */
export class Refusals {
  readonly #key = randomBytes(32);
  readonly #lasting: Refusals | undefined;
  readonly #refusedAt = new Map<string, number>();
  readonly #good = new Map<string, string>();

  constructor(lasting?: Refusals) {
    this.#lasting = lasting;
  }

  /**
   * For one command of a person, who may have mended something: whatever it comes to may be tried once more, however many connections it is for. What
   * comes of that is remembered here as well; what the command does not try stays refused.
   */
  afresh(): Refusals {
    return new Refusals(this);
  }

  digestOf(place: string, secret: Secret): string {
    if (this.#lasting !== undefined) return this.#lasting.digestOf(place, secret);
    return createHmac("sha256", this.#key).update(`${place}\n`).update(secret.reveal()).digest("hex");
  }

  refusedAt(digest: string): number | undefined {
    return this.#refusedAt.get(digest);
  }

  /** Says whether it was the value that worked until now. */
  refused(place: string, digest: string, at: number): boolean {
    this.#refusedAt.set(digest, at);
    if (this.#lasting !== undefined) return this.#lasting.refused(place, digest, at);
    const worked = this.#good.get(place) === digest;
    if (worked) this.#good.delete(place);
    return worked;
  }

  accepted(place: string, digest: string): void {
    this.#refusedAt.delete(digest);
    this.#lasting?.accepted(place, digest);
    this.#good.set(place, digest);
  }
}

export interface SecretUse {
  /** Where the secret stands in the configuration, for messages: "sources.ad.bindPassword". */
  readonly place: string;
  readonly clock: Pick<Clock, "now">;
  /** Undefined: nothing is remembered from one use to the next. */
  readonly refusals?: Refusals | undefined;
  /** Whoever is given wrong values locks the account: none is tried twice within a day, unless the one that worked until now is refused. */
  readonly locksAccounts?: boolean;
  /** Throws a ConfigurationError for what cannot be a value; its message gets the place. */
  readonly check?: (secret: Secret) => void;
}

/**
 * One secret in one cycle. It is read when it is first asked for, and again after a refusal: a new value, or the next of a list, is then tried at
 * once, each of them one time.
 */
export class SecretInUse {
  readonly #reference: SecretReference;
  readonly #use: SecretUse;
  readonly #refusals: Refusals;
  /** Refused in this use. */
  readonly #tried = new Set<string>();
  #current: Secret | undefined;
  /** Of the value that was asked for last: many requests have one. */
  #digest: { readonly secret: Secret; readonly text: string } | undefined;
  #lostItsPlace = false;

  constructor(reference: SecretReference, use: SecretUse) {
    this.#reference = reference;
    this.#use = use;
    this.#refusals = use.refusals ?? new Refusals();
  }

  /** The value to log in with. Throws ConfigurationError, and CredentialsRefused where none may be tried now. */
  get value(): Secret {
    this.#current ??= this.#choose();
    if (this.#current !== undefined) return this.#current;
    throw new CredentialsRefused(
      `${this.#use.place}: this password was refused before, and has not changed since: it is not tried again, so that the account is not locked`,
      {
        hint: "put the right one in its place, which is then tried at once; or mend the account and type `rollcall test`, which tries it once more",
      },
    );
  }

  /** Reads the secret anew for the next login, as long as nothing was refused. */
  renew(): void {
    if (this.#tried.size === 0) this.#current = undefined;
  }

  /** This value was refused. True when there is another one to try, which `value` gives from now on. */
  refused(secret: Secret): boolean {
    // Of several requests under way one has changed over already.
    if (this.#current !== undefined && this.#current.reveal() !== secret.reveal()) return true;
    const { place, clock } = this.#use;
    const digest = this.#refusals.digestOf(place, secret);
    if (!this.#tried.has(digest) && this.#refusals.refused(place, digest, clock.now()))
      this.#lostItsPlace = true;
    this.#tried.add(digest);
    try {
      this.#current = this.#choose() ?? secret;
    } catch (error) {
      // What cannot be read now is no better than what was refused, and that is the news.
      if (!(error instanceof ConfigurationError)) throw error;
    }
    return this.#current !== secret;
  }

  accepted(secret: Secret): void {
    const { place } = this.#use;
    if (this.#digest?.secret !== secret)
      this.#digest = { secret, text: this.#refusals.digestOf(place, secret) };
    this.#refusals.accepted(place, this.#digest.text);
  }

  /** The first that was never refused; of the others, where that locks nobody out, the first that was not tried in this use. */
  #choose(): Secret | undefined {
    const secret = this.#next();
    const { check, place } = this.#use;
    if (secret === undefined || check === undefined) return secret;
    try {
      check(secret);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      const hint = error.hint === undefined ? {} : { hint: error.hint };
      throw new ConfigurationError(`${place}: ${error.message}`, { cause: error, ...hint });
    }
    return secret;
  }

  #next(): Secret | undefined {
    const { place, clock, locksAccounts = false } = this.#use;
    const left = readSecrets(this.#reference, place)
      .map((secret) => ({ secret, digest: this.#refusals.digestOf(place, secret) }))
      .filter(({ digest }) => !this.#tried.has(digest));
    const isRested = (digest: string) => {
      const at = this.#refusals.refusedAt(digest);
      const now = clock.now();
      return at === undefined || at > now || now - at >= restMs;
    };
    const fresh = left.find(({ digest }) => this.#refusals.refusedAt(digest) === undefined);
    if (fresh !== undefined) return fresh.secret;
    const may = !locksAccounts || this.#lostItsPlace;
    return left.find(({ digest }) => may || isRested(digest))?.secret;
  }
}

/** One time that somebody was a member. */
interface Stay {
  readonly member: string;
  over: boolean;
}

/**
 * The members of one group, and who was one: stays are only ever appended, so a position in them stays good while members come and go
 * between two pages.
 */
export class Membership {
  readonly #stays: Stay[] = [];
  readonly #now = new Map<string, Stay>();

  has(member: string): boolean {
    return this.#now.has(member);
  }

  members(): readonly string[] {
    return [...this.#now.keys()];
  }

  /** False when nothing changed. */
  add(member: string): boolean {
    if (this.#now.has(member)) return false;
    const stay: Stay = { member, over: false };
    this.#stays.push(stay);
    this.#now.set(member, stay);
    return true;
  }

  remove(member: string): boolean {
    const stay = this.#now.get(member);
    if (stay === undefined) return false;
    stay.over = true;
    return this.#now.delete(member);
  }

  /** Who is or was a member, from a position on; a former member who came back is met at the later stay. */
  *from(position: number): Generator<{ readonly member: string; readonly next: number }> {
    for (let index = position; index < this.#stays.length; index++) {
      const stay = this.#stays[index];
      if (stay === undefined || (stay.over && this.#now.has(stay.member))) continue;
      yield { member: stay.member, next: index + 1 };
    }
  }
}

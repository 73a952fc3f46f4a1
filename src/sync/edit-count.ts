import type { BeforeEdit, MembershipChanges } from "../store/before-edit.ts";
import type { EditAction, EditItem } from "./edit-item.ts";

/** How many of whom an edit changes something for. */
export interface EditCounts {
  /** By action; people and groups apart. */
  readonly users: Readonly<Partial<Record<EditAction, number>>>;
  readonly groups: Readonly<Partial<Record<EditAction, number>>>;
  /** SCIM path -> how many accounts and groups get another value, and for how many of these it is cleared. */
  readonly values: Readonly<Record<string, { readonly changed: number; readonly cleared: number }>>;
  readonly memberships: MembershipChanges;
  readonly references: number;
}

/** Counts what it passes on. */
export class EditTally {
  readonly #users = new Map<EditAction, number>();
  readonly #groups = new Map<EditAction, number>();
  readonly #values = new Map<string, { changed: number; cleared: number }>();

  add({ kind, action, values }: EditItem): void {
    const counts = kind === "user" ? this.#users : this.#groups;
    counts.set(action, (counts.get(action) ?? 0) + 1);
    if (action === "later") return;
    for (const { path, after } of values) {
      const known = this.#values.get(path) ?? { changed: 0, cleared: 0 };
      this.#values.set(path, known);
      if (after === null) known.cleared += 1;
      else known.changed += 1;
    }
  }

  counts(before: BeforeEdit): EditCounts {
    return {
      users: Object.fromEntries(this.#users),
      groups: Object.fromEntries(this.#groups),
      values: Object.fromEntries(this.#values),
      memberships: before.memberships(),
      references: before.references(),
    };
  }
}

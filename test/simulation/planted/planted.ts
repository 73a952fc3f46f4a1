/** A text of the product's source and what stands there instead while the bug is planted. */
interface Edit {
  /** Below src/. */
  readonly file: string;
  readonly replace: string;
  readonly by: string;
}

/** A bug that the product does not have, to prove that the checker would notice it. */
export interface PlantedBug {
  readonly name: string;
  /** What the product would do wrong. */
  readonly sentence: string;
  /** The promises that it breaks; at least one of them has to be the one that is noticed. */
  readonly breaks: readonly string[];
  readonly edits: readonly Edit[];
  /** The seeds to look for it in; default: one after the other. */
  readonly seeds?: readonly number[];
}

import type { Source, SourceDefinition } from "../../../src/sources/source.ts";
import type { Chance } from "./chance.ts";
import type { Company, Happening } from "./company.ts";
import type { Customs } from "./plot.ts";
import type { Portrait } from "./truth.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** A cloud directory's stand-in that plays what happens in a company, and lets its service fail. */
export interface Vendor extends Portrait {
  readonly definition: Pick<
    SourceDefinition,
    "type" | "title" | "attributes" | "openSchema" | "mapping" | "view"
  >;
  readonly customs: Customs;
  readonly clock: VirtualClock;
  /** A new and empty directory behind the same address; chance decides what kind of service it is. Says how it is. */
  begin(chance: Chance): string;
  /** How the reader of this story logs in. */
  readonly way: string;
  play(happening: Happening, company: Company): void;
  /** Lets things go wrong from now on. Says what. */
  trouble(): readonly string[];
  /** Nothing goes wrong any more. */
  calm(): void;
  /** When the next look at the directory shows everything that has happened, ms from now. */
  readonly longestLagMs: number;
  /** Something happened of which only a full read tells. */
  readonly hasSecrets: boolean;
  /** Called when a request arrives that comes after all before it were answered. */
  heard: () => void;
  /** A reader that logs in as the story has it. */
  open(select: { readonly user: readonly string[]; readonly group: readonly string[] }): Source;
  close(): Promise<void>;
}

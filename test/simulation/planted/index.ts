import { bugsOfApplying } from "./applying.ts";
import { bugsOfDeciding } from "./deciding.ts";
import type { PlantedBug } from "./planted.ts";
import { bugsOfReading } from "./reading.ts";
import { bugsOfState } from "./state.ts";

/** Every bug that can be planted. */
export const plantedBugs: readonly PlantedBug[] = [
  ...bugsOfReading,
  ...bugsOfDeciding,
  ...bugsOfApplying,
  ...bugsOfState,
];

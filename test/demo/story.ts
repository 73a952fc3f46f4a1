/** The story that `npm run demo` tells: one company, its directories, a first sync, a day of changes, and what goes wrong at times. */
import type { Io } from "../../src/commands/invocation.ts";
import { tellBadDays } from "./bad-days.ts";
import { tellBeginning } from "./beginning.ts";
import { tellEverydayLife } from "./everyday.ts";
import { Narrator, type Rollcall, StoryStopped } from "./narrator.ts";
import { onStage, type Stage } from "./stage.ts";

/** Exit code 0 when everything came out as the story says. */
export async function demo(
  io: Io,
  rollcall: Rollcall,
  options: { readonly withoutSamba: boolean },
): Promise<number> {
  const narrator = new Narrator(io, rollcall);
  try {
    narrator.say("Starting the directories of a made-up company ...");
    await onStage(options, (stage) => tell(narrator, stage));
    sayWhereToGo(narrator);
    return 0;
  } catch (error) {
    // Whoever stops the story also cuts off what it was waiting for.
    const message = io.signal.aborted ? STOPPED : error instanceof StoryStopped ? error.message : undefined;
    if (message === undefined) throw error;
    io.stderr.write(`demo: ${message}\n`);
    return 1;
  }
}

const STOPPED = "stopped; what was started has been ended and removed";

async function tell(narrator: Narrator, stage: Stage): Promise<void> {
  await tellBeginning(narrator, stage);
  await tellEverydayLife(narrator, stage);
  await tellBadDays(narrator, stage);
  narrator.chapter("The end", "How everything stands:");
  await narrator.type("rollcall status");
}

function sayWhereToGo(narrator: Narrator): void {
  narrator.show("");
  narrator.say(
    `That was ${narrator.elapsed()}, and everything as it has to be. What the demo started has been ended and removed.`,
  );
  narrator.say('With a directory of your own: "Your own directory" in README.md, and');
  narrator.show(
    "",
    "   npm run -s rollcall -- init        # writes a first configuration",
    "   npm run -s rollcall -- test        # is everything there?",
    "   npm run -s rollcall -- plan        # what would happen",
  );
}

import { existsSync } from "node:fs";
import { ConfigurationError } from "../errors.ts";
import { type Invocation, type Io, isSet } from "./invocation.ts";
import { run as rollcall } from "./run.ts";

/** What `test/demo/story.ts` exports. */
interface Story {
  demo(
    io: Io,
    rollcall: (argv: readonly string[], io: Io) => Promise<number>,
    options: { readonly withoutSamba: boolean },
  ): Promise<number>;
}

/** The directories that the demo plays on come with the tests, so it runs from a clone only. */
const story = new URL("../../test/demo/story.ts", import.meta.url);

/** A guided demo on directories of its own, which it starts and ends. */
export async function run({ io, flags }: Invocation): Promise<number> {
  if (!existsSync(story)) {
    throw new ConfigurationError(
      "the demo brings its own directories, which only a clone of the repository has",
      {
        hint: "in a clone: npm run demo",
      },
    );
  }
  const { demo } = (await import(story.href)) as Story;
  return demo(io, rollcall, { withoutSamba: isSet(flags, "withoutSamba") });
}

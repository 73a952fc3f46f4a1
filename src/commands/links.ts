import { ConfigurationError } from "../errors.ts";

/** `rollcall links` alone says nothing: it has to be told what to do. */
export async function run(): Promise<number> {
  throw new ConfigurationError("links needs to know what to do with them", {
    hint: "rollcall links export FILE [connection], or rollcall links import FILE [connection]",
  });
}

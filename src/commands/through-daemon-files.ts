import type { FileRequest } from "../daemon/control-protocol.ts";
import { type FileUse, type OpenFile, ownFiles } from "../files.ts";
import type { Typed } from "./run-here.ts";

/**
 * Reads and writes files for the daemon with the rights of this process: only those that the command line names, and only in the way in
 * which that command uses them. A daemon that was broken into must not reach anything else through whoever types a command.
 */
export class ClientFiles {
  readonly #lent: ReadonlyMap<string, FileUse>;
  readonly #open = new Map<number, OpenFile>();
  #opened = 0;

  constructor(lent: Typed) {
    this.#lent = new Map(filesOf(lent));
  }

  async do(
    request: FileRequest,
  ): Promise<{ readonly text?: string; readonly yes?: boolean; readonly file?: number }> {
    if (request.do === "exists") {
      this.#check(request.path, this.#lent.get(request.path));
      return { yes: await ownFiles.exists(request.path) };
    }
    if (request.do === "open") {
      this.#check(request.path, request.use);
      const number = this.#opened++;
      this.#open.set(number, await ownFiles.open(request.path, request.use));
      return { file: number };
    }
    const file = this.#open.get(request.file);
    if (file === undefined) throw refusal("no such file is open");
    if (request.do === "read") return { text: Buffer.from(await file.read()).toString("base64") };
    if (request.do === "write") await file.write(Buffer.from(request.data, "base64"));
    else await this.#end(request.file, file, request.do);
    return {};
  }

  /** What was not finished is dropped. */
  async close(): Promise<void> {
    for (const [number, file] of this.#open) await this.#end(number, file, "drop").catch(() => {});
  }

  async #end(number: number, file: OpenFile, how: "finish" | "drop"): Promise<void> {
    if (how === "drop") this.#open.delete(number);
    await file[how]();
    this.#open.delete(number);
  }

  #check(path: string, use: FileUse | undefined): void {
    if (use === undefined || this.#lent.get(path) !== use)
      throw refusal(`${path} was not named for this on the command line`);
  }
}

function refusal(message: string): Error {
  return Object.assign(new Error(message), { code: "EPERM", syscall: "open" });
}

function* filesOf({ definition, arguments: given, flags }: Typed): Iterable<[string, FileUse]> {
  const names = (definition.arguments?.split(" ") ?? []).map((each) => each.replace(/[<>[\].]/g, ""));
  for (const [name, use] of Object.entries(definition.files ?? {})) {
    const at = names.indexOf(name);
    const path = at === -1 ? flags[name] : given[at];
    if (typeof path === "string" && path !== "-") yield [path, use];
  }
}

import { type Files, largestPiece, type OpenFile } from "../files.ts";
import type { FileRequest } from "./control-protocol.ts";
import type { Answer } from "./control-requests.ts";

/** Asks the client for something that is done with a file; rejects with the errors of its file system. */
type Ask = (request: FileRequest) => Promise<Answer>;

/** The files of whoever is at the other end of a control socket: the client reads and writes them. */
export function remoteFiles(ask: Ask): Files {
  return {
    exists: async (path) => (await ask({ do: "exists", path })).yes === true,
    open: async (path, use) => remoteFile(ask, (await ask({ do: "open", path, use })).file ?? -1),
  };
}

function remoteFile(ask: Ask, file: number): OpenFile {
  return {
    read: async () => Buffer.from((await ask({ do: "read", file })).text ?? "", "base64"),
    async write(bytes) {
      for (let at = 0; at < bytes.length; at += largestPiece) {
        const data = Buffer.from(bytes.subarray(at, at + largestPiece)).toString("base64");
        await ask({ do: "write", file, data });
      }
    },
    finish: async () => void (await ask({ do: "finish", file })),
    drop: async () => void (await ask({ do: "drop", file })),
  };
}

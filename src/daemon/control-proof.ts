/**
 * Whose process a client is. Node cannot ask the kernel who is at the other end of a Unix socket, but it can ask whose a file is: the
 * client makes one in a folder beside the socket, and the kernel writes the owner on it.
 *
 * Its content is a digest of the daemon's nonce and of the very bytes of the request. So a file that somebody else made, moved or linked
 * there says nothing, and whoever stands between the two can only hand on the request as it was made. The folder is sticky and cannot be
 * listed; who may connect may make files in it.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { lstat, open, rm } from "node:fs/promises";
import { join } from "node:path";

/** Owner of files whose real owner has no number here (user namespaces): says nothing. */
const overflowUid = 65_534;

/** The folder of proofs that belongs to a socket. */
export function proofFolder(socket: string): string {
  return `${socket.replace(/\.sock$/, "")}-proof`;
}

function contentOf(nonce: string, request: Uint8Array): string {
  return createHash("sha256").update(`${nonce}\n`).update(request).digest("hex");
}

/**
 * The client's part. False where it cannot be shown: no such folder, no right to it, another namespace. Goes into no folder that belongs
 * to somebody else than the socket does.
 */
export async function prove(
  socket: string,
  name: string,
  nonce: string,
  request: Uint8Array,
): Promise<boolean> {
  const folder = proofFolder(socket);
  const file = join(folder, name);
  try {
    const [place, beside] = [await lstat(folder), await lstat(socket)];
    if (!place.isDirectory() || place.uid !== beside.uid) return false;
    await using handle = await open(
      file,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o644,
    );
    // The daemon is another user, and a umask would keep the file from it.
    await handle.chmod(0o644);
    await handle.write(contentOf(nonce, request));
    return true;
  } catch {
    return false;
  }
}

/** The daemon's part: the user id that is shown, or undefined. The file is gone afterwards. */
export async function proven(
  socket: string,
  name: string,
  nonce: string,
  request: Uint8Array,
): Promise<number | undefined> {
  const file = join(proofFolder(socket), name);
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!isSound(stats)) return undefined;
    const buffer = Buffer.alloc(65);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    const expected = Buffer.from(contentOf(nonce, request));
    const isOurs = bytesRead === expected.length && timingSafeEqual(buffer.subarray(0, bytesRead), expected);
    return isOurs ? stats.uid : undefined;
  } catch {
    return undefined;
  } finally {
    await rm(file, { force: true }).catch(() => {});
  }
}

/** Only its owner can have written it, and only there. */
function isSound(stats: Stats): boolean {
  return stats.isFile() && stats.nlink === 1 && (stats.mode & 0o022) === 0 && stats.uid !== overflowUid;
}

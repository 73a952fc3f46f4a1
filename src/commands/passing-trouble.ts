import { ConfigurationError, ConnectionError } from "../errors.ts";

/** What the machine gives and takes by itself: addresses, space, files, a disk that is not there yet. */
const passing =
  /^(EADDRINUSE|EADDRNOTAVAIL|ENOSPC|EDQUOT|EROFS|EIO|EMFILE|ENFILE|ENOMEM|EBUSY|ESTALE|SQLITE_(FULL|READONLY|IOERR|CANTOPEN|NOMEM|BUSY)\w*)$/;

/**
 * An error at the start of a service, in the family that has it started again: what the machine was short of may be there in ten seconds, and whoever
 * supervises the process takes a wrong configuration for final. Every other error stays what it is.
 */
export function passingTrouble(error: unknown): unknown {
  if (!(error instanceof ConfigurationError) || !isPassing(error.cause)) return error;
  return new ConnectionError(error.message, {
    cause: error.cause,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

function isPassing(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const code = "code" in cause ? String(cause.code) : "";
  return passing.test(code) || isPassing(cause.cause);
}

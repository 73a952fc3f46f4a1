/** The key of the control socket. */
import { z } from "../zod.ts";

const PATH_EXPECTED = "expected the path of a socket, such as /run/rollcall/control.sock";

export const control = z
  .string({ error: PATH_EXPECTED })
  .min(1, { error: PATH_EXPECTED })
  .refine((path) => !path.includes("\0"), { error: PATH_EXPECTED })
  .describe(
    "Socket by which commands speak to the daemon; at most 100 bytes long. Members of the group rollcall-view may look by it, those of " +
      "rollcall-operate may do everything, as root always may; without these groups only the daemon's own user. " +
      "Default: control.sock in the service's runtime folder (/run/rollcall), or in the state folder where it is no service.",
  );

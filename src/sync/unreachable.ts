import type { Capabilities, ScimApi } from "../scim/api.ts";

/** A target of which only is known what it can do. Whoever asks it for anything has a bug. */
export function unreachable(capabilities: Capabilities): ScimApi {
  const never = (): never => {
    throw new Error("the target must not be asked here");
  };
  const users = {
    create: never,
    get: never,
    find: never,
    list: never,
    count: never,
    replace: never,
    patch: never,
    delete: never,
  };
  const groups = { ...users, members: never, changeMembers: never };
  return { capabilities, users, groups, probe: never, close: async () => {} };
}

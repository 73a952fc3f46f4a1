import type pLimit from "p-limit";

/**
 * Does the same for every one of a list, some at a time. After the first error no more are begun; those under way are waited for, so that
 * nothing goes on behind the back of whoever handles it.
 */
export async function everyOne<T, R>(
  list: readonly T[],
  limit: ReturnType<typeof pLimit>,
  work: (one: T) => Promise<R>,
): Promise<(R | undefined)[]> {
  const errors: unknown[] = [];
  const results = await Promise.all(
    list.map((one) =>
      limit(async () => {
        if (errors.length > 0) return undefined;
        try {
          return await work(one);
        } catch (error) {
          errors.push(error);
          return undefined;
        }
      }),
    ),
  );
  if (errors.length > 0) throw errors[0];
  return results;
}

const LOOK_EVERY_MS = 5

/**
 * Waits until a condition holds.
 * @throws Error when it does not within the time, in milliseconds
 */
export async function until(what: string, withinMs: number, holds: () => boolean): Promise<void> {
  const end = performance.now() + withinMs
  while (!holds()) {
    if (performance.now() > end) throw new Error(`${what}: not within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

/** Resolves after a time, in milliseconds. */
export const after = <Value>(ms: number, value: Value): Promise<Value> =>
  new Promise((resolve) => setTimeout(resolve, ms, value))

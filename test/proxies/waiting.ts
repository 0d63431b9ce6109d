import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_EVERY_MS = 20

/** Looks until a condition holds. @throws Error that names `what` when it does not hold within `timeoutMs` */
export async function waitFor(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 15_000,
): Promise<void> {
  const until = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > until) throw new Error(`${what} took more than ${timeoutMs} ms`)
    await sleep(LOOK_EVERY_MS)
  }
}

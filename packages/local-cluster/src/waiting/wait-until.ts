import { Deadline } from './deadline.ts'

/**
 * Resolves once a condition holds. It is checked at once and at each change, without polling.
 * @throws WaitTimeoutError when it does not hold within the time limit.
 */
export function waitUntil(
  subscribe: (look: () => void) => () => void,
  holds: () => boolean | Promise<boolean>,
  { timeoutMs, what }: { timeoutMs: number; what: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    let settled = false
    let looking = false
    let again = false
    const settle = (end: () => void) => {
      if (settled) return
      settled = true
      unsubscribe()
      deadline.met()
      end()
    }
    const look = async () => {
      // One check at a time; a change during it causes another.
      if (looking) {
        again = true
        return
      }
      looking = true
      do {
        again = false
        try {
          if (await holds()) settle(resolve)
        } catch (error) {
          settle(() => reject(error))
        }
      } while (again && !settled)
      looking = false
    }
    const unsubscribe = subscribe(() => void look())
    const deadline = new Deadline(timeoutMs, `${what} did not come within ${timeoutMs} ms`, (error) =>
      settle(() => reject(error)),
    )
    void look()
  })
}

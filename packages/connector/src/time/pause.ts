import type { Clock } from './clock.ts'

/**
 * Waits `delayMs`, or until the signal fires; never rejects, however late the timer is. A `background` pause keeps no
 * process alive.
 */
export function pause(
  clock: Clock,
  delayMs: number,
  signal: AbortSignal,
  kind: 'foreground' | 'background' = 'foreground',
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.schedule(delayMs, end, kind)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}

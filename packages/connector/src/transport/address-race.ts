import type { CancelSchedule, Clock } from '../time/clock.ts'

/** The time before the next address of a name is tried as well, in milliseconds. */
const NEXT_ADDRESS_MS = 250

interface Opened {
  destroy(): void
}

/**
 * Tries addresses in order, starting the next one when the last has failed or has taken 250 ms, and resolves to the
 * first that opens. All other attempts are abandoned.
 * @throws the first failure when all fail, or the signal's reason
 */
export async function firstToOpen<Socket extends Opened>(
  addresses: readonly string[],
  open: (address: string, signal: AbortSignal) => Promise<Socket>,
  clock: Clock,
  signal: AbortSignal,
): Promise<Socket> {
  const over = new AbortController()
  const anyEnd = AbortSignal.any([signal, over.signal])
  const untried = [...addresses]
  const failures: unknown[] = []
  let cancelNext: CancelSchedule = () => undefined
  try {
    return await new Promise<Socket>((resolve, reject) => {
      const tryNext = () => {
        cancelNext()
        const address = untried.shift()
        if (address === undefined) return
        cancelNext = clock.schedule(NEXT_ADDRESS_MS, tryNext, 'background')
        open(address, anyEnd).then(onOpen, onFailure)
      }
      const onOpen = (socket: Socket) => {
        // Two may open in the same turn of the event loop.
        if (anyEnd.aborted) return socket.destroy()
        over.abort()
        resolve(socket)
      }
      const onFailure = (error: unknown) => {
        failures.push(error)
        if (signal.aborted) reject(signal.reason)
        else if (failures.length === addresses.length) reject(failures[0])
        else if (!over.signal.aborted) tryNext()
      }
      tryNext()
    })
  } finally {
    cancelNext()
    over.abort()
  }
}

/** The addresses of a name, alternating between the two families, so an unreachable family costs one attempt. */
export function interleaved(found: readonly { address: string; family: number }[]): string[] {
  const first = found.filter(({ family }) => family === found[0]?.family)
  const second = found.filter(({ family }) => family !== found[0]?.family)
  const turns = Array.from({ length: Math.max(first.length, second.length) }, (_, turn) => [first[turn], second[turn]])
  return turns.flat().flatMap((it) => it?.address ?? [])
}

import { fileURLToPath } from 'node:url'
import { PeerHost } from '../packages/connector/test/shared-host/peers.ts'

export interface HostConvergence {
  readonly processes: number
  /** From the change in one process until the last of the others knows of it, in milliseconds: the median and the worst. */
  readonly medianMs: number
  readonly worstMs: number
}

const SWITCHES = 20

/** How fast the processes of a host learn of a switch that one of them makes. Takes about 3 s. */
export async function measureHostConvergence(processes = 16): Promise<HostConvergence> {
  await using host = new PeerHost()
  const peers = await Promise.all(Array.from({ length: processes }, () => host.child()))
  const times: number[] = []
  for (let i = 0; i < SWITCHES; i++) {
    const strategy = i % 2 === 0 ? 'green' : 'blue'
    const maker = peers[i % processes]!
    const others = peers.filter((peer) => peer !== maker)
    const known = others.map((peer) => peer.ask('knows', { strategy }))
    const madeAt = await maker.ask('set', { strategy })
    const knownAt = await Promise.all(known)
    times.push(Math.max(...knownAt) - madeAt)
  }
  const sorted = times.toSorted((a, b) => a - b)
  return { processes, medianMs: sorted[SWITCHES >> 1]!, worstMs: sorted.at(-1)! }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await measureHostConvergence()))

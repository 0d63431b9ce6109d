import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openSharedStore } from '../packages/connector/src/strategy/shared-store.ts'
import { StrategyManager } from '../packages/connector/src/strategy/strategy-manager.ts'
import { DEFAULT_STRATEGY_LIMITS, initialStrategyState } from '../packages/connector/src/strategy/strategy-state.ts'
import { systemClock } from '../packages/connector/src/time/clock.ts'
import { SHARED_MEMORY } from '../packages/connector/test/shared-host/shared-memory.ts'

export interface StrategyFigures {
  /** What a call pays for the strategy when nothing changes, in nanoseconds: the boundary before it, its answer after it. */
  perCallNs: number
  /** The same with the state shared by the processes of the host. */
  sharedPerCallNs: number
  /** What a query pays that is registered before and cleaned up after it, in nanoseconds, shared. */
  sharedPerQueryNs: number
  /** Heap that one running query takes, its names included. */
  bytesPerTrackedQuery: number
  /** Heap that 10 000 000 queries have left behind, registered and cleaned up, shared. */
  residueBytesAfter10M: number
  /** Files that they have left behind. */
  residueFilesAfter10M: number
}

const ROUNDS = 15
const CALLS_A_ROUND = 200_000
const TRACKED_QUERIES = 100_000
const PASSING_QUERIES = 10_000_000
const QUERIES_A_TURN = 10_000

/** Takes about 20 s, nearly all of it for the ten million queries. */
export async function measureStrategy(passingQueries = PASSING_QUERIES): Promise<StrategyFigures> {
  const collectGarbage = garbageCollector()
  const directory = mkdtempSync(join(SHARED_MEMORY, 'e6data-bench-'))
  const inMemory = new StrategyManager()
  const shared = openShared(directory)
  try {
    for (const manager of [inMemory, shared]) manager.setActiveStrategy('blue')
    const perCallNs = await medianNs(() => callMany(inMemory), CALLS_A_ROUND)
    const sharedPerCallNs = await medianNs(() => callMany(shared), CALLS_A_ROUND)
    const sharedPerQueryNs = await medianNs(() => passMany(shared, QUERIES_A_TURN), QUERIES_A_TURN)
    const bytesPerTrackedQuery = await trackMany(shared, collectGarbage)
    const residue = await passAll(shared, passingQueries, collectGarbage)
    const leases = readdirSync(directory, { recursive: true }).filter((name) => String(name).endsWith('pins'))
    return {
      perCallNs,
      sharedPerCallNs,
      sharedPerQueryNs,
      bytesPerTrackedQuery,
      residueBytesAfter10M: residue,
      // One file holds this thread's pins, and is empty; nothing else may be there.
      residueFilesAfter10M: Math.max(leases.length - 1, 0),
    }
  } finally {
    inMemory.close()
    shared.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

function openShared(directory: string): StrategyManager {
  const initial = initialStrategyState(DEFAULT_STRATEGY_LIMITS)
  return new StrategyManager({ store: openSharedStore({ key: 'bench', directory, initial, clock: systemClock }) })
}

/** What the connector does around every call to the engine. */
function callMany(manager: StrategyManager): void {
  for (let i = 0; i < CALLS_A_ROUND; i++) {
    const sentAt = systemClock.now()
    const ticket = manager.boundary()
    if (ticket) manager.accepted(ticket, { sentAt })
  }
}

function passMany(manager: StrategyManager, count: number): void {
  for (let i = 0; i < count; i++) {
    const queryId = `00000000-0000-4000-8000-${i.toString().padStart(12, '0')}`
    manager.registerQueryStrategy(queryId, 'blue', '10.0.0.1')
    manager.cleanupQueryStrategy(queryId)
  }
}

async function passAll(manager: StrategyManager, count: number, collectGarbage: () => void): Promise<number> {
  passMany(manager, QUERIES_A_TURN)
  await settled()
  const before = heapUsed(collectGarbage)
  for (let done = 0; done < count; done += QUERIES_A_TURN) {
    passMany(manager, QUERIES_A_TURN)
    await turn() // as in life, where the timers that write to the host run between queries
  }
  await settled()
  return Math.max(heapUsed(collectGarbage) - before, 0)
}

async function trackMany(manager: StrategyManager, collectGarbage: () => void): Promise<number> {
  const nameOf = (i: number) => `10000000-0000-4000-8000-${i.toString().padStart(12, '0')}`
  const before = heapUsed(collectGarbage)
  for (let i = 0; i < TRACKED_QUERIES; i++) {
    // Each answer of the engine brings strings of its own; a copy by way of bytes is such a string.
    const queryId = Buffer.from(nameOf(i)).toString('latin1')
    manager.registerQueryStrategy(queryId, 'blue', Buffer.from(`10.0.0.${i % 250}`).toString('latin1'))
  }
  await settled()
  const bytes = (heapUsed(collectGarbage) - before) / TRACKED_QUERIES
  for (let i = 0; i < TRACKED_QUERIES; i++) manager.cleanupQueryStrategy(nameOf(i))
  await settled()
  return Math.round(bytes)
}

/** Long enough for what is written in the background to be written. */
async function settled(): Promise<void> {
  const until = performance.now() + 500
  while (performance.now() < until) await turn()
}

async function medianNs(run: () => void, operations: number): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = process.hrtime.bigint()
    run()
    times.push(Number(process.hrtime.bigint() - startedAt) / operations)
    await turn()
  }
  return Math.round(times.toSorted((a, b) => a - b)[ROUNDS >> 1]!)
}

function heapUsed(collectGarbage: () => void): number {
  for (let i = 0; i < 3; i++) collectGarbage()
  return process.memoryUsage().heapUsed
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await measureStrategy()))

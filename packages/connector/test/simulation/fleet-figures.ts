import type { Strategy } from '../../src/types/strategy.ts'
import type { Exchange } from './exchange.ts'
import { FLEET_TIMES } from './fleet-plan.ts'
import type { RunObserver } from './run-schedule.ts'
import { PROBE_STATEMENT } from './simulated-engine.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** Calls are counted by tenths of a second: a second is looked for at whichever tenth it begins. */
const BINS_PER_SECOND = 10
const BIN_MS = 1000 / BINS_PER_SECOND

/** What a part of a fleet asked, and when its processes moved. Those of two parts can be added up. */
export interface FleetCounts {
  /** Calls that ask a deployment whether it takes work, logins and probe statements, in each tenth of a second. */
  readonly asks: readonly number[]
  /** Logins among them. */
  readonly logins: readonly number[]
  /** How long after the new deployment took clients each process sent its new work there, in milliseconds. */
  readonly movedMs: readonly number[]
}

/** Counts, while a part of a fleet runs, what rule 21 bounds. */
export class FleetFigures implements RunObserver {
  readonly #asks: number[] = []
  readonly #logins: number[] = []
  readonly #moved = new Map<SimulatedProcess, number>()

  sent({ step, request, sentAt }: Exchange): void {
    const isProbe = step === 'prepare' && (request as { queryString?: string }).queryString === PROBE_STATEMENT
    if (step !== 'login' && !isProbe) return
    const bin = Math.floor(sentAt / BIN_MS)
    this.#asks[bin] = (this.#asks[bin] ?? 0) + 1
    if (step === 'login') this.#logins[bin] = (this.#logins[bin] ?? 0) + 1
  }

  moved(process: SimulatedProcess, to: Strategy, at: number): void {
    if (at > FLEET_TIMES.ended) return // by then the simulation makes a switch of its own
    if (to === 'green') this.#moved.set(process, at)
    else this.#moved.delete(process)
  }

  counts(): FleetCounts {
    const movedMs = [...this.#moved.values()].map((at) => Math.max(Math.round(at - FLEET_TIMES.accepted), 0))
    return { asks: filled(this.#asks), logins: filled(this.#logins), movedMs }
  }
}

/** What a fleet did, as programs read it. */
export interface FleetResult {
  readonly processes: number
  readonly hosts: number
  /** The most logins and probe statements in any second while no deployment took clients, its first second left out. */
  readonly peakAsksPerSecond: number
  /** The most logins in any second from the announcement on. */
  readonly peakLoginsPerSecond: number
  /** From the moment at which the new deployment takes clients, in milliseconds: how long until so many had moved. */
  readonly movedMs: { readonly p50: number; readonly p99: number; readonly all: number }
  /** Processes that had not moved at the end. */
  readonly left: number
  /** Logins in each second since the fleet started. */
  readonly loginsPerSecond: readonly number[]
  /** Logins and probe statements in each second since the fleet started. */
  readonly asksPerSecond: readonly number[]
  /** How many of all processes had moved, at the end of each tenth of a second after the new deployment took clients. */
  readonly movedShare: readonly number[]
}

/** Rule 21: 10 000 processes on 1 000 hosts ask at most so often in a second, from the second second of a hold on. */
export const MOST_ASKS_PER_HOST = 20

/** @throws RangeError when more was asked than rule 21 allows, or not every process has moved */
export function assertBounds({ hosts, peakAsksPerSecond, left }: FleetResult): void {
  const most = hosts * MOST_ASKS_PER_HOST
  if (peakAsksPerSecond > most) throw new RangeError(`${peakAsksPerSecond} were asked in a second, more than ${most}`)
  if (left > 0) throw new RangeError(`${left} processes never moved`)
}

export function fleetResult(
  { processes, hosts }: Pick<FleetResult, 'processes' | 'hosts'>,
  parts: readonly FleetCounts[],
): FleetResult {
  const asks = sumOf(parts.map((part) => part.asks))
  const logins = sumOf(parts.map((part) => part.logins))
  const movedMs = parts.flatMap((part) => part.movedMs).toSorted((a, b) => a - b)
  const quantile = (share: number) => movedMs[Math.ceil(movedMs.length * share) - 1] ?? Number.NaN
  return {
    processes,
    hosts,
    peakAsksPerSecond: peakOf(asks, FLEET_TIMES.outage + 1000, FLEET_TIMES.accepted),
    peakLoginsPerSecond: peakOf(logins, FLEET_TIMES.announced, FLEET_TIMES.ended),
    movedMs: { p50: quantile(0.5), p99: quantile(0.99), all: quantile(1) },
    left: processes - movedMs.length,
    loginsPerSecond: bySecond(logins),
    asksPerSecond: bySecond(asks),
    movedShare: sharesOf(movedMs, processes),
  }
}

/** The largest sum of any second that lies between two times. */
function peakOf(bins: readonly number[], from: number, to: number): number {
  let peak = 0
  for (let first = from / BIN_MS; first + BINS_PER_SECOND <= to / BIN_MS; first++) {
    peak = Math.max(peak, total(bins.slice(first, first + BINS_PER_SECOND)))
  }
  return peak
}

function bySecond(bins: readonly number[]): number[] {
  return Array.from({ length: FLEET_TIMES.ended / 1000 }, (_, second) =>
    total(bins.slice(second * BINS_PER_SECOND, (second + 1) * BINS_PER_SECOND)),
  )
}

function sharesOf(sorted: readonly number[], processes: number): number[] {
  const until = Math.ceil((sorted.at(-1) ?? 0) / BIN_MS)
  return Array.from({ length: until }, (_, bin) => {
    const moved = sorted.filter((ms) => ms <= (bin + 1) * BIN_MS).length
    return moved / processes
  })
}

function sumOf(lists: readonly (readonly number[])[]): number[] {
  const length = Math.max(0, ...lists.map((list) => list.length))
  return Array.from({ length }, (_, index) => total(lists.map((list) => list[index] ?? 0)))
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

function filled(sparse: readonly number[]): number[] {
  return Array.from(sparse, (count) => count ?? 0)
}

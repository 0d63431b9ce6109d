import type { Strategy } from '../../src/types/strategy.ts'
import type { Exchange } from './exchange.ts'
import { FLEET_TIMES } from './fleet-plan.ts'
import type { RunObserver } from './run-schedule.ts'
import { PROBE_STATEMENT } from './simulated-engine.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** Calls are counted in tenths of a second, so that a second may start at any tenth. */
const BINS_PER_SECOND = 10
const BIN_MS = 1000 / BINS_PER_SECOND

/** The counts of a part of a fleet. Those of two parts can be added up. */
export interface FleetCounts {
  /** Calls that ask a deployment whether it accepts work (logins and probe statements), per tenth of a second. */
  readonly asks: readonly number[]
  /** The logins among them. */
  readonly logins: readonly number[]
  /** The time until each process sent new work to the new deployment after that accepted clients, in milliseconds. */
  readonly movedMs: readonly number[]
}

/** Counts the quantities that rule 21 limits while a part of a fleet runs. */
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
    if (at > FLEET_TIMES.ended) return // After that the simulation makes its own switch.
    if (to === 'green') this.#moved.set(process, at)
    else this.#moved.delete(process)
  }

  counts(): FleetCounts {
    const movedMs = [...this.#moved.values()].map((at) => Math.max(Math.round(at - FLEET_TIMES.accepted), 0))
    return { asks: filled(this.#asks), logins: filled(this.#logins), movedMs }
  }
}

/** The figures of a fleet, for programs. */
export interface FleetResult {
  readonly processes: number
  readonly hosts: number
  /** The most logins and probe statements in any second without an accepting deployment, except the first. */
  readonly peakAsksPerSecond: number
  /** The most logins in any second after the announcement. */
  readonly peakLoginsPerSecond: number
  /**
   * The time until a fraction of the processes had switched, after the new deployment accepts clients, in milliseconds.
   */
  readonly movedMs: { readonly p50: number; readonly p99: number; readonly all: number }
  /** The processes that had not switched at the end. */
  readonly left: number
  /** Logins in each second since the fleet started. */
  readonly loginsPerSecond: readonly number[]
  /** Logins and probe statements in each second since the fleet started. */
  readonly asksPerSecond: readonly number[]
  /** The fraction of processes that had switched, per tenth of a second after the new deployment accepted clients. */
  readonly movedShare: readonly number[]
}

/**
 * Rule 21: the maximum number of probes per second and host, from the second second of a hold on, with 1 000 hosts of
 * ten processes.
 */
export const MOST_ASKS_PER_HOST = 20

/** @throws RangeError when there were more probes than rule 21 allows, or not every process has switched */
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

/** The largest sum in any second between two times. */
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

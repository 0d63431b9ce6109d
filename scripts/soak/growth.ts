/** What is looked at in one process, or in the cluster, at one moment: figures by name. */
export type Sample = Readonly<Record<string, number>>

export interface Series {
  /** Which process it is of. */
  readonly of: string
  readonly samples: readonly Sample[]
}

/** How much of the samples' beginning is left out: caches fill, code is compiled, pools open. */
const WARM_UP_SHARE = 0.25

/** Fewer samples than these say nothing. */
const FEWEST_SAMPLES = 12

interface Limit {
  /** Of what the figure was at the beginning. */
  readonly share: number
  readonly least: number
  /** For each worker: counts go up and down with what is under way. */
  readonly perWorker?: number
}

/**
 * From which growth over the run a figure counts as growing: the largest of its limits. A heap that grows by 30 % is beyond this
 * with a margin.
 */
const LIMITS: Readonly<Record<string, Limit>> = {
  heapMB: { share: 0.15, least: 1.5 },
  rssMB: { share: 0.4, least: 96 },
  sessions: { share: 0.5, least: 20, perWorker: 3 },
  leaseFiles: { share: 0.5, least: 10 },
}
const COUNT_LIMIT: Limit = { share: 0.5, least: 10, perWorker: 1.5 }

export interface Growth {
  readonly name: string
  /** What a straight line through the samples has at the beginning and at the end of the run. */
  readonly from: number
  readonly to: number
}

/** How every figure of a process develops over the run. Empty when the process did not live for most of it. */
export function developments({ of, samples }: Series, samplesOfRun: number): Growth[] {
  const settled = samples.slice(Math.floor(samples.length * WARM_UP_SHARE))
  if (settled.length < FEWEST_SAMPLES || samples.length < samplesOfRun / 2) return []
  return Object.keys(settled[0]!).map((name) => {
    const values = settled.map((sample) => sample[name] ?? 0)
    const slope = theilSenSlope(values)
    const middle = median(values)
    const half = (slope * samplesOfRun) / 2
    return { name: `${of}.${name}`, from: Math.max(middle - half, 0), to: middle + half }
  })
}

/** Whether a figure grew by more than it may in a run with so many workers. */
export function isGrowing({ name, from, to }: Growth, workers: number): boolean {
  const { share, least, perWorker = 0 } = LIMITS[name.slice(name.lastIndexOf('.') + 1)] ?? COUNT_LIMIT
  return to - from > Math.max(from * share, least, workers * perWorker)
}

/** The median of the slopes between all pairs of values: some that lie far off change nothing. */
export function theilSenSlope(values: readonly number[]): number {
  const slopes: number[] = []
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) slopes.push((values[j]! - values[i]!) / (j - i))
  }
  return median(slopes)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return 0
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What is looked at, by name, at one moment. */
export type Sample = Readonly<Record<string, number>>

/** How much of the samples' beginning is left out: caches fill, pools open. */
const WARM_UP_SHARE = 0.25

/** A figure counts as growing when its last third is this much above its first, and by more than noise. */
const GROWTH_FACTOR = 1.25

/** Differences below these are noise. */
const NOISE: Readonly<Record<string, number>> = { heapMB: 12, rssMB: 48, resources: 20 }
const DEFAULT_NOISE = 10

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Memory and resources of this process, after a garbage collection. */
export function processSample(): Sample {
  collectGarbage()
  const { heapUsed, rss } = process.memoryUsage()
  const megabytes = (bytes: number) => Math.round(bytes / 1024 / 102.4) / 10
  return { heapMB: megabytes(heapUsed), rssMB: megabytes(rss), resources: process.getActiveResourcesInfo().length }
}

/** The names of what grew over the samples. Fewer than nine say nothing. */
export function growing(samples: readonly Sample[]): string[] {
  const settled = samples.slice(Math.floor(samples.length * WARM_UP_SHARE))
  const third = Math.floor(settled.length / 3)
  if (third < 3) return []
  const names = Object.keys(settled[0] ?? {})
  return names.filter((name) => {
    const before = median(settled.slice(0, third).map((sample) => sample[name] ?? 0))
    const after = median(settled.slice(-third).map((sample) => sample[name] ?? 0))
    return after > before * GROWTH_FACTOR && after - before > (NOISE[name] ?? DEFAULT_NOISE)
  })
}

function median(values: number[]): number {
  values.sort((a, b) => a - b)
  return values[Math.floor(values.length / 2)] ?? 0
}

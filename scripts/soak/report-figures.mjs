/**
 * Loaded into every process of the soak by NODE_OPTIONS, engines included: writes what the process holds, after a garbage
 * collection, to a file of its own. Plain JavaScript, since engines run without a loader.
 */
import { existsSync, readdirSync, readlinkSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')
const MEGABYTE = 1024 * 1024
const OPEN_FILES = '/proc/self/fd'

/** What a program counts itself, by name. */
const counters = new Map()

/** @param {string} name @param {() => number} count */
export function countAs(name, count) {
  counters.set(name, count)
}

/** @returns {Record<string, number>} */
export function processFigures() {
  collectGarbage()
  const { heapUsed, rss } = process.memoryUsage()
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
  return {
    heapMB: heapUsed / MEGABYTE,
    rssMB: rss / MEGABYTE,
    handles: process.getActiveResourcesInfo().length,
    sockets: openSockets(),
    listeners: listeners + (counters.get('listeners')?.() ?? 0),
  }
}

function openSockets() {
  if (!existsSync(OPEN_FILES)) return 0
  return readdirSync(OPEN_FILES).filter((file) => {
    try {
      return readlinkSync(join(OPEN_FILES, file)).startsWith('socket:')
    } catch (error) {
      if (error.code === 'ENOENT') return false // closed meanwhile, as the folder's own was
      throw error
    }
  }).length
}

const { E6DATA_SOAK_FIGURES: folder, E6DATA_SOAK_EVERY_MS: everyMs, E6DATA_SOAK_ENGINE_LEAK: leakOfRun } = process.env
const isEngine = process.argv[1]?.includes('engine-process') === true

/** Writes the figures from now on, again and again. A client begins when all of its workers are connected. */
export function reportFigures() {
  if (folder === undefined) return
  setInterval(() => {
    const file = join(folder, String(process.pid))
    writeFileSync(`${file}.new`, JSON.stringify(processFigures()))
    renameSync(`${file}.new`, `${file}.json`)
  }, Number(everyMs)).unref()
}

const LEAK_EVERY_MS = 500

/**
 * A seeded defect: what is kept grows evenly, at a rate by which the heap grows by a share over a run. It begins when the heap
 * has settled, and does not depend on how busy the machine is.
 * @param {{ share: number, overMs: number }} leak
 */
export function leakHeap({ share, overMs }) {
  setTimeout(() => {
    collectGarbage()
    const bytesPerMs = (process.memoryUsage().heapUsed * share) / overMs
    const startedAt = performance.now()
    const kept = []
    let keptBytes = 0
    setInterval(() => {
      const missing = bytesPerMs * (performance.now() - startedAt) - keptBytes
      kept.push(Array.from({ length: missing / 8 }, (_, index) => index + 0.5))
      keptBytes += missing
    }, LEAK_EVERY_MS).unref()
  }, overMs / 4).unref()
}

if (isEngine && isMainThread) {
  reportFigures()
  if (leakOfRun !== undefined) leakHeap(JSON.parse(leakOfRun))
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LocalCluster } from 'e6data-local-cluster'
import type { ClientProcess } from './client-process.ts'
import type { Sample, Series } from './growth.ts'
import { processFigures } from './report-figures.mjs'

const ENDED: ReadonlySet<string> = new Set(['finished', 'failed', 'cancelled', 'cleared'])

export interface Watched {
  readonly cluster: LocalCluster
  /** Where processes write their figures, and where those of clients share their state. */
  readonly folder: string
  readonly stateFolder: string
  readonly clients: () => ReadonlyMap<string, ClientProcess>
}

/** The figures of every process over the run. */
export class Figures {
  readonly #watched: Watched
  readonly #samples = new Map<string, Sample[]>()

  constructor(watched: Watched) {
    this.#watched = watched
  }

  get series(): Series[] {
    return [...this.#samples].map(([of, samples]) => ({ of, samples }))
  }

  async sample(): Promise<void> {
    const { cluster, stateFolder, clients } = this.#watched
    this.#add('main', processFigures())
    for (const [name, { pid }] of clients()) this.#addReported(name, pid)
    for (const [colour, state] of Object.entries(cluster.engines)) {
      if (state.kind === 'running') this.#addReported(`engine-${colour}`, state.pid)
    }
    this.#add('cluster', { ...(await this.#serverFigures(cluster)), leaseFiles: leasesBelow(stateFolder) })
  }

  async #serverFigures(cluster: LocalCluster): Promise<Sample> {
    const queries = (await cluster.queries()).filter(({ state }) => !ENDED.has(state)).length
    return { queries, sessions: (await cluster.sessions()).length }
  }

  #addReported(name: string, pid: number): void {
    try {
      const text = readFileSync(join(this.#watched.folder, `${pid}.json`), 'utf8')
      this.#add(name, JSON.parse(text) as Sample)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error // it has only just begun
    }
  }

  #add(name: string, sample: Sample): void {
    const samples = this.#samples.get(name) ?? []
    this.#samples.set(name, samples)
    samples.push(sample)
  }
}

/** Each user has a folder, in it each cluster, and in that a folder for each lease. */
function leasesBelow(stateFolder: string): number {
  const below = (folder: string) => readdirSync(folder).map((name) => join(folder, name))
  const clusters = below(stateFolder).flatMap(below)
  return clusters.reduce((sum, cluster) => sum + readdirSync(join(cluster, 'leases')).length, 0)
}

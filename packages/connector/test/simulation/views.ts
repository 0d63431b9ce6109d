import type { SimulatedCluster } from './simulated-cluster.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** Keeps one value for each process and each cluster it talks to. */
export class Views<View> {
  readonly #make: (process: SimulatedProcess, cluster: SimulatedCluster) => View
  readonly #views = new Map<SimulatedProcess, Map<SimulatedCluster, View>>()

  constructor(make: (process: SimulatedProcess, cluster: SimulatedCluster) => View) {
    this.#make = make
  }

  of(process: SimulatedProcess, cluster: SimulatedCluster): View {
    let ofProcess = this.#views.get(process)
    if (!ofProcess) {
      ofProcess = new Map()
      this.#views.set(process, ofProcess)
    }
    let view = ofProcess.get(cluster)
    if (!view) {
      view = this.#make(process, cluster)
      ofProcess.set(cluster, view)
    }
    return view
  }
}

import type { SimulatedCluster } from './simulated-cluster.ts'
import type { SimulatedHost } from './simulated-host.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** Keeps one value for each cluster of each process or host. */
export class Views<View, Viewer extends SimulatedProcess | SimulatedHost = SimulatedProcess> {
  readonly #make: (viewer: Viewer, cluster: SimulatedCluster) => View
  readonly #views = new Map<Viewer, Map<SimulatedCluster, View>>()

  constructor(make: (viewer: Viewer, cluster: SimulatedCluster) => View) {
    this.#make = make
  }

  of(viewer: Viewer, cluster: SimulatedCluster): View {
    let ofViewer = this.#views.get(viewer)
    if (!ofViewer) {
      ofViewer = new Map()
      this.#views.set(viewer, ofViewer)
    }
    let view = ofViewer.get(cluster)
    if (!view) {
      view = this.#make(viewer, cluster)
      ofViewer.set(cluster, view)
    }
    return view
  }
}

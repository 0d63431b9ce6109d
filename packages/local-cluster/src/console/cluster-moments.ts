import { STRATEGIES } from '../deployment/strategy.ts'
import type { ClusterEvents } from '../events/cluster-events.ts'
import type { LocalCluster } from '../local-cluster.ts'
import { faultText } from './fault-text.ts'
import type { Moment } from './feed.ts'

type Step = ClusterEvents['deployment']

/** The moment of each step of a switch, with its strategy. */
const STEPS: Readonly<Record<string, (step: Step) => Pick<Moment, 'kind' | 'strategy'>>> = {
  announce: ({ to }) => ({ kind: 'announced', ...(to.kind === 'announced' ? { strategy: to.next } : {}) }),
  accept: ({ to }) => ({ kind: 'accepting', strategy: to.kind === 'announced' ? to.next : to.active }),
  'cut over': ({ to }) => ({ kind: 'cut over', strategy: to.active }),
  retire: ({ from }) => ({ kind: 'retired', ...('draining' in from ? { strategy: from.draining } : {}) }),
  'roll back': ({ to }) => ({ kind: 'rolled back', strategy: to.active }),
}

const AVAILABILITIES = { suspended: 'suspended', resuming: 'resuming', active: 'resumed' } as const

/** Reports the events of a cluster as moments. @returns a function that stops it. */
export function listenForMoments(cluster: LocalCluster, tell: (moment: Moment) => void): () => void {
  const stops = [
    cluster.on('deployment', (step) => {
      const named = STEPS[step.step]?.(step)
      if (named !== undefined) tell({ at: step.at, ...named })
    }),
    cluster.on('availability', ({ to, at }) => tell({ at, kind: AVAILABILITIES[to] })),
    cluster.on('engine', ({ strategy, state, at }) => {
      if (state.kind === 'dead') tell({ at, kind: 'engine lost', strategy, detail: state.reason })
      if (state.kind === 'running') tell({ at, kind: 'engine started', strategy })
    }),
    cluster.on('fault', ({ change, fault, at }) => {
      if (change === 'injected') tell({ at, kind: 'fault', detail: faultText(fault) })
      if (change === 'removed') tell({ at, kind: 'fault removed', detail: faultText(fault) })
    }),
    cluster.on('divergence', ({ sql, at }) => tell({ at, kind: 'divergence', detail: sql })),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

/** The strategies whose queries end with a moment. */
export function endsQueriesOf({ kind, strategy }: Moment): readonly (typeof STRATEGIES)[number][] {
  if (kind === 'suspended') return STRATEGIES
  return (kind === 'retired' || kind === 'engine lost') && strategy !== undefined ? [strategy] : []
}

import { COLOURS } from '../deployment/colour.ts'
import type { ClusterEvents } from '../events/cluster-events.ts'
import type { LocalCluster } from '../local-cluster.ts'
import { faultText } from './fault-text.ts'
import type { Moment } from './feed.ts'

type Step = ClusterEvents['deployment']

/** What each step of a deployment is called, and the colour it is about. */
const STEPS: Readonly<Record<string, (step: Step) => Pick<Moment, 'kind' | 'colour'>>> = {
  announce: ({ to }) => ({ kind: 'announced', ...(to.kind === 'announced' ? { colour: to.next } : {}) }),
  accept: ({ to }) => ({ kind: 'accepting', colour: to.kind === 'announced' ? to.next : to.active }),
  'cut over': ({ to }) => ({ kind: 'cut over', colour: to.active }),
  retire: ({ from }) => ({ kind: 'retired', ...('draining' in from ? { colour: from.draining } : {}) }),
  'roll back': ({ to }) => ({ kind: 'rolled back', colour: to.active }),
}

const AVAILABILITIES = { suspended: 'suspended', resuming: 'resuming', active: 'resumed' } as const

/** Tells what happens to a cluster as moments. @returns what stops it. */
export function listenForMoments(cluster: LocalCluster, tell: (moment: Moment) => void): () => void {
  const stops = [
    cluster.on('deployment', (step) => {
      const named = STEPS[step.step]?.(step)
      if (named !== undefined) tell({ at: step.at, ...named })
    }),
    cluster.on('availability', ({ to, at }) => tell({ at, kind: AVAILABILITIES[to] })),
    cluster.on('engine', ({ colour, state, at }) => {
      if (state.kind === 'dead') tell({ at, kind: 'engine lost', colour, detail: state.reason })
      if (state.kind === 'running') tell({ at, kind: 'engine started', colour })
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

/** The colours whose queries a moment ends. */
export function endsQueriesOf({ kind, colour }: Moment): readonly (typeof COLOURS)[number][] {
  if (kind === 'suspended') return COLOURS
  return (kind === 'retired' || kind === 'engine lost') && colour !== undefined ? [colour] : []
}

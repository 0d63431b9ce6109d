import type { DeploymentState } from 'e6data-local-cluster'
import { printable } from '../printable.ts'
import type { Style } from '../style.ts'
import type { ClusterState } from './admin-client.ts'

/** Describes the state of the deployments in a sentence. */
export function deploymentText(
  deployment: DeploymentState,
  { strategy, glyphs }: Pick<Style, 'strategy' | 'glyphs'>,
): string {
  const { active } = deployment
  switch (deployment.kind) {
    case 'stable':
      return `${strategy(active)} serves`
    case 'announced': {
      const ready = deployment.accepting ? 'accepting clients' : 'not accepting clients yet'
      return `${strategy(active)} serves ${glyphs.arrow} ${strategy(deployment.next)} is announced, ${ready}`
    }
    case 'cut-over': {
      const ready = deployment.accepting ? '' : ' (not accepting clients yet)'
      return `${strategy(active)} serves${ready}, ${strategy(deployment.draining)} is draining`
    }
    case 'rolled-back':
      return `rolled back: ${strategy(active)} serves, ${strategy(deployment.draining)} is draining`
    default:
      return deployment satisfies never
  }
}

/** Describes the cluster in one line: what serves, and what is broken. */
export function clusterStateText({ deployment, availability, engines }: ClusterState, style: Style): string {
  const broken = Object.entries(engines).filter(([, { kind }]) => kind !== 'running')
  const notes = [
    ...(availability === 'active' ? [] : [style.warn(`the cluster is ${availability}`)]),
    ...broken.map(([strategy, state]) =>
      style.bad(`the engine ${strategy} is ${state.kind}${'reason' in state ? ` (${printable(state.reason)})` : ''}`),
    ),
  ]
  return [deploymentText(deployment, style), ...notes].join('; ')
}

import { otherStrategy, type Strategy } from '../../src/types/strategy.ts'
import type { DeploymentDecision } from './schedule.ts'

/** How far a switch has come. A deployment that drains still serves queries that run, and nothing else. */
export type Deployment =
  | { readonly kind: 'stable'; readonly active: Strategy }
  | { readonly kind: 'announced'; readonly active: Strategy; readonly next: Strategy; readonly accepting: boolean }
  | { readonly kind: 'cut over'; readonly active: Strategy; readonly draining: Strategy; readonly accepting: boolean }
  | { readonly kind: 'rolled back'; readonly active: Strategy; readonly draining: Strategy }

/** What a step makes of a deployment; `undefined` when it does not fit. */
export function takeStep(state: Deployment, step: DeploymentDecision): Deployment | undefined {
  switch (step.kind) {
    case 'announce':
      if (state.kind === 'cut over' || state.kind === 'announced') return undefined
      return { kind: 'announced', active: state.active, next: otherStrategy(state.active), accepting: step.accepting }
    case 'accept':
      if (state.kind === 'stable' || state.kind === 'rolled back' || state.accepting) return undefined
      return { ...state, accepting: true }
    case 'cut over': {
      if (state.kind === 'cut over' || state.kind === 'rolled back') return undefined
      const accepting = step.accepting || (state.kind === 'announced' && state.accepting)
      return { kind: 'cut over', active: otherStrategy(state.active), draining: state.active, accepting }
    }
    case 'roll back':
      if (state.kind === 'announced') return { kind: 'rolled back', active: state.active, draining: state.next }
      if (state.kind === 'cut over') return { kind: 'rolled back', active: state.draining, draining: state.active }
      return undefined
    case 'retire':
      if (state.kind === 'rolled back') return { kind: 'stable', active: state.active }
      return state.kind === 'cut over' && state.accepting ? { kind: 'stable', active: state.active } : undefined
    default:
      return step satisfies never
  }
}

/** Whether new work moves to another deployment by this. */
export function isSwitch(before: Deployment, after: Deployment): boolean {
  return before.active !== after.active
}

/** What a call asks a deployment for. */
export type Work = 'new' | 'running'

/** Whether a deployment takes work. One that was announced before may still run something when it is announced again. */
export function serves(state: Deployment, strategy: Strategy, work: Work, { harsh, standby }: ServiceTraits): boolean {
  const goesOn = work === 'running' && !harsh
  switch (state.kind) {
    case 'stable':
      return standby || strategy === state.active
    case 'announced':
      return strategy === state.active || state.accepting || goesOn
    case 'cut over':
      return strategy === state.active ? state.accepting || goesOn : work === 'running'
    case 'rolled back':
      return strategy === state.active || work === 'running'
    default:
      return state satisfies never
  }
}

/** How a cluster treats its deployments, apart from the switch under way. */
export interface ServiceTraits {
  /** A deployment that does not accept refuses everything, as the local cluster's does. Else it goes on serving what it runs. */
  readonly harsh: boolean
  /** The inactive deployment takes clients as well. */
  readonly standby: boolean
}

/** What the answers of a deployment say in `new_strategy`; `undefined` when they leave it out. */
export function announcedBy(state: Deployment, strategy: Strategy): Strategy | undefined {
  switch (state.kind) {
    case 'stable':
      return undefined
    case 'announced':
      return strategy === state.active ? state.next : undefined
    case 'cut over':
      return strategy === state.draining ? state.active : undefined
    case 'rolled back':
      return state.active // so that clients which heard of the deployment learn that it is off
    default:
      return state satisfies never
  }
}

/** A deployment in words. */
export function describeDeployment(state: Deployment): string {
  switch (state.kind) {
    case 'stable':
      return `stable on ${state.active}`
    case 'announced':
      return `${state.active} announces ${state.next}, which ${state.accepting ? 'accepts' : 'does not accept yet'}`
    case 'cut over':
      return `cut over to ${state.active}${state.accepting ? '' : ', which does not accept yet'}; ${state.draining} drains`
    case 'rolled back':
      return `rolled back to ${state.active}; ${state.draining} drains`
    default:
      return state satisfies never
  }
}

import { otherStrategy, type Strategy } from '../../src/types/strategy.ts'
import type { DeploymentDecision } from './schedule.ts'

/** The state of a switch. A draining deployment serves only running queries. */
export type Deployment =
  | { readonly kind: 'stable'; readonly active: Strategy }
  | { readonly kind: 'announced'; readonly active: Strategy; readonly next: Strategy; readonly accepting: boolean }
  | { readonly kind: 'cut over'; readonly active: Strategy; readonly draining: Strategy; readonly accepting: boolean }
  | { readonly kind: 'rolled back'; readonly active: Strategy; readonly draining: Strategy }

/** Returns the state after a step; `undefined` when the step does not fit. */
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

/** Returns whether new work switches with this step. */
export function isSwitch(before: Deployment, after: Deployment): boolean {
  return before.active !== after.active
}

/** The kind of work of a call. */
export type Work = 'new' | 'running'

/**
 * Returns whether a strategy accepts work. One that was announced before may still run queries when it is announced
 * again.
 */
export function serves(state: Deployment, colour: Strategy, work: Work, { harsh, standby }: ServiceTraits): boolean {
  const goesOn = work === 'running' && !harsh
  switch (state.kind) {
    case 'stable':
      return standby || colour === state.active
    case 'announced':
      return colour === state.active || state.accepting || goesOn
    case 'cut over':
      return colour === state.active ? state.accepting || goesOn : work === 'running'
    case 'rolled back':
      return colour === state.active || work === 'running'
    default:
      return state satisfies never
  }
}

/** The behavior of a cluster outside the current switch. */
export interface ServiceTraits {
  /**
   * Whether a deployment that does not accept refuses everything, like the local cluster's; otherwise it serves running
   * queries.
   */
  readonly harsh: boolean
  /** Whether the inactive deployment accepts clients anyway. */
  readonly standby: boolean
}

/** Returns the `new_strategy` in a strategy's answers; `undefined` when they omit it. */
export function announcedBy(state: Deployment, colour: Strategy): Strategy | undefined {
  switch (state.kind) {
    case 'stable':
      return undefined
    case 'announced':
      return colour === state.active ? state.next : undefined
    case 'cut over':
      return colour === state.draining ? state.active : undefined
    case 'rolled back':
      return state.active // Clients that know of the switch learn that it is cancelled.
    default:
      return state satisfies never
  }
}

/** Describes the state of a switch. */
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

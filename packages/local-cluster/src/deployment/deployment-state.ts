import { otherStrategy, type Strategy } from './strategy.ts'

/** The state of a switch. `draining` means: running queries may continue, new work is refused. */
export type DeploymentState =
  /** One deployment serves; the other refuses everything. */
  | { kind: 'stable'; active: Strategy }
  /** The active deployment's answers name the next one, which may not accept clients yet. */
  | { kind: 'announced'; active: Strategy; next: Strategy; accepting: boolean }
  /** New work belongs to `active`, the former deployment is draining. `active` may not take clients yet either. */
  | { kind: 'cut-over'; active: Strategy; draining: Strategy; accepting: boolean }
  /** A switch was rolled back: the new deployment is draining, and the withdrawal is announced. */
  | { kind: 'rolled-back'; active: Strategy; draining: Strategy }

/** Thrown for a step that does not fit the current state. */
export class DeploymentStepError extends Error {
  readonly code = 'E6_LOCAL_DEPLOYMENT_STEP'
  constructor(step: string, state: DeploymentState) {
    super(`can't ${step} while the deployment is ${describeState(state)}`)
    this.name = 'DeploymentStepError'
  }
}

export function describeState(state: DeploymentState): string {
  switch (state.kind) {
    case 'stable':
      return `stable on ${state.active}`
    case 'announced':
      return `announced (${state.active} to ${state.next}, ${state.accepting ? 'accepting' : 'not accepting yet'})`
    case 'cut-over':
      return `cut over (${state.active} active, ${state.draining} draining)`
    case 'rolled-back':
      return `rolled back (${state.active} active, ${state.draining} draining)`
  }
}

/** The active deployment's answers name `next` from now on. Announcing again changes whether `next` accepts clients. */
export function announce(state: DeploymentState, next: Strategy, accepting: boolean): DeploymentState {
  const fits =
    state.kind === 'stable' || state.kind === 'rolled-back' || (state.kind === 'announced' && state.next === next)
  if (!fits || next === state.active) throw new DeploymentStepError(`announce ${next}`, state)
  return { kind: 'announced', active: state.active, next, accepting }
}

/** The announced deployment accepts clients from now on. */
export function accept(state: DeploymentState, strategy: Strategy): DeploymentState {
  if (state.kind === 'announced' && state.next === strategy) return { ...state, accepting: true }
  if (state.kind === 'cut-over' && state.active === strategy) return { ...state, accepting: true }
  throw new DeploymentStepError(`accept on ${strategy}`, state)
}

/** New work moves to the other deployment; with `accepting: false` both refuse it until that deployment accepts. */
export function cutOver(state: DeploymentState, accepting: boolean): DeploymentState {
  if (state.kind !== 'stable' && state.kind !== 'announced') throw new DeploymentStepError('cut over', state)
  return { kind: 'cut-over', active: otherStrategy(state.active), draining: state.active, accepting }
}

/** The draining deployment refuses everything from now on. */
export function retire(state: DeploymentState, strategy: Strategy): DeploymentState {
  const draining = state.kind === 'cut-over' || state.kind === 'rolled-back' ? state.draining : undefined
  if (draining !== strategy) throw new DeploymentStepError(`retire ${strategy}`, state)
  return { kind: 'stable', active: state.active }
}

/** Rolls a switch back, before or after its cut-over: the deployment that was active before is active again. */
export function rollBack(state: DeploymentState): DeploymentState {
  if (state.kind === 'announced') return { kind: 'rolled-back', active: state.active, draining: state.next }
  if (state.kind === 'cut-over') return { kind: 'rolled-back', active: state.draining, draining: state.active }
  throw new DeploymentStepError('roll back', state)
}

/** The `new_strategy` of a deployment's answers; `undefined` when they leave it out. */
export function announcementOf(state: DeploymentState, strategy: Strategy): Strategy | undefined {
  switch (state.kind) {
    case 'stable':
      return undefined
    case 'announced':
      return strategy === state.active ? state.next : undefined
    case 'cut-over':
      return strategy === state.draining ? state.active : undefined
    case 'rolled-back':
      // Both name the deployment to be on, so that clients that saw the announcement learn that it is withdrawn.
      return state.active
  }
}

import type { Happening } from './environment.ts'
import type { Checked, Released, StepKind } from './scene.ts'

/** What one step makes of the parts that it touches. */
export interface Move {
  readonly routing: number
  readonly faultsSpent: number
  readonly medium: number
  readonly host: number
  readonly statement: number
  readonly isPublished: boolean
  readonly released: Released | undefined
  readonly verdict: Checked | undefined
  readonly label: string
  readonly kind: StepKind
  readonly violation: string | undefined
}

export type MoveKind = StepKind | Happening['kind']

/** Takes a state that can follow; the row is used again for the next one. */
export type Emit = (row: Int32Array, label: string, kind: MoveKind, violation: string | undefined) => void

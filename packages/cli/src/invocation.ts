import type { ExitName } from './exits.ts'
import type { Interruption } from './interruption.ts'
import type { Surroundings } from './surroundings.ts'
import type { GivenValues } from './table/given-values.ts'

/** One call of a command: what was given, and where it happens. */
export interface Invocation {
  /** The command's words, such as `local up`. */
  readonly command: string
  readonly given: GivenValues
  readonly surroundings: Surroundings
  readonly interruption: Interruption
  /** Whether `--no-color` was given. */
  readonly noColor: boolean
  /** Registers what is to be done when the command has ended, however it ends. */
  readonly atEnd: (work: () => void) => void
}

/** What a command's module exports. */
export interface CommandModule {
  readonly run: (invocation: Invocation) => Promise<ExitName>
}

import type { Environment } from './environment.ts'
import type { ExitName } from './exits.ts'
import type { Interruption } from './interruption.ts'
import type { GivenValues } from './table/given-values.ts'

/** One call of a command: its arguments and its environment. */
export interface Invocation {
  /** The command's words, such as `local up`. */
  readonly command: string
  readonly given: GivenValues
  readonly environment: Environment
  readonly interruption: Interruption
  /** Whether `--no-color` was given. */
  readonly noColor: boolean
  /** Registers a function that runs when the command ends, also after a failure. */
  readonly atEnd: (work: () => void) => void
}

/** The exports of a command's module. */
export interface CommandModule {
  readonly run: (invocation: Invocation) => Promise<ExitName>
}

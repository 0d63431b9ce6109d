import type { ExitName } from './exits.ts'

/** An error that the user can fix, in one line. Every other error is a bug of the command. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly exit: ExitName = 'usage',
    facts: { cause?: unknown } = {},
  ) {
    super(message, facts)
    this.name = 'CommandError'
  }
}

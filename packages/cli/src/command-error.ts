import type { ExitName } from './exits.ts'

/** Something the user can mend, in one line. Whatever else is thrown is a fault of the command. */
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

import type { Interface } from 'node:readline'
import type { Surroundings } from '../surroundings.ts'

/** Who has the keyboard and the screen. A script has neither. */
export interface ShellTerminal {
  /** Gives keyboard and screen to another program, such as a pager. Returns how to take them back. */
  lend(): () => void
}

export const NO_TERMINAL: ShellTerminal = { lend: () => () => undefined }

/** The terminal as readline has it: it reads keys one by one, which no other program expects. */
export function readlineTerminal(line: Interface, { stdin }: Surroundings): ShellTerminal {
  return {
    lend: () => {
      line.pause()
      stdin.setRawMode?.(false)
      return () => {
        stdin.setRawMode?.(true)
        line.resume()
      }
    },
  }
}
